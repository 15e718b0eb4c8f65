using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Reference;

/// <summary>
/// <c>α·Σ_i f_i·P_i</c> as in DeepSeekMoE eq. 12–14 (over the batch) and DeepSeek-V3 eq. 17–20 (in each sequence, then the mean): f detached, P on the tape.
/// A token that the mask leaves out is as if it were not there.
/// </summary>
internal sealed class ReferenceBalance
{
    private readonly GateSettings _gate;
    private readonly Tensor _scores;
    private readonly int _sequence;
    private readonly long[] _counted;
    private readonly Tensor _unbiased;

    public ReferenceBalance(GateSettings gate, Tensor scores, int sequence, bool[]? mask)
    {
        (_gate, _sequence) = (gate, sequence);
        _scores = gate.Kind is GateKind.Sigmoid or GateKind.SubExpert ? scores / scores.sum(-1, true) : scores;
        _counted = [.. Enumerable.Range(0, (int)scores.shape[0]).Where(token => mask is null || mask[token]).Select(token => (long)token)];
        (_unbiased, Margin) = ReferenceGate.Best(scores.detach(), gate.Active);
        Margin = gate.SequenceBalance > 0 ? Margin : double.PositiveInfinity;
    }

    /// <summary>The margin of the unbiased choice that the sequence-wise loss counts.</summary>
    public double Margin { get; }

    /// <summary>Counted tokens of every expert.</summary>
    public long[] Counts(Tensor chosen)
    {
        var counts = new long[_gate.Experts];
        var slots = chosen.contiguous().data<long>().ToArray();
        foreach (var token in _counted)
        {
            for (var slot = 0; slot < _gate.Active; slot++)
            {
                counts[slots[(token * _gate.Active) + slot]]++;
            }
        }

        return counts;
    }

    /// <summary>Both losses, each with its weight.</summary>
    public Tensor Loss(Tensor chosen)
    {
        var loss = zeros(1, dtype: _scores.dtype).sum();
        if (_gate.ExpertBalance > 0)
        {
            loss = loss + (Sum(chosen, _counted) * _gate.ExpertBalance);
        }

        // A sequence that is all padding is as if it were not there, either.
        var sequences = _scores.shape[0] / _sequence;
        var filled = Math.Max(1, _counted.Select(token => token / _sequence).Distinct().Count());
        for (var sequence = 0; sequence < sequences && _gate.SequenceBalance > 0; sequence++)
        {
            var tokens = _counted.Where(token => token / _sequence == sequence).ToArray();
            loss = loss + (Sum(_unbiased, tokens) * (_gate.SequenceBalance / filled));
        }

        return loss;
    }

    /// <summary><c>Σ_i f_i·P_i</c> over some tokens.</summary>
    private Tensor Sum(Tensor chosen, long[] tokens)
    {
        if (tokens.Length == 0)
        {
            return zeros(1, dtype: _scores.dtype).sum();
        }

        var rows = tensor(tokens);
        var counts = chosen.index_select(0, rows).flatten().bincount(null, _gate.Experts).to(_scores.dtype);
        var f = counts * ((double)_gate.Experts / (_gate.Active * tokens.Length));
        var p = _scores.index_select(0, rows).mean([0]);
        return (f * p).sum();
    }
}
