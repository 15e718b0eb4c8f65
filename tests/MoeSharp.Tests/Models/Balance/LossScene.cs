using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Balance;

/// <summary>A layer with balance losses, an input, and the router of the reference: logits, scores and weights on the tape, in float64.</summary>
internal sealed class LossScene : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly long[] _counted;
    private readonly int _sequence;

    public LossScene(MoeLayer layer, GateSettings gate, ScalarType type, Lowering lowering, long[] rows, bool[]? mask, Action<MoeLayer>? arrange = null)
    {
        Layer = layer;
        Layer.to(type);
        Layer.Lowering = lowering;
        Draw.Fill(Layer, 5);
        arrange?.Invoke(Layer);
        Input = Draw.Normal(77, 1, type, [.. rows, layer.Dim]).requires_grad_(true);
        Mask = mask is null ? null : tensor(mask).view(rows);
        _sequence = (int)rows[^1];
        _counted = [.. Enumerable.Range(0, (int)rows.Aggregate((a, b) => a * b)).Where(token => mask is null || mask[token]).Select(token => (long)token)];

        ReferenceInput = Input.detach().to(ScalarType.Float64, copy: true).requires_grad_(true);
        Router = Layer.state_dict()["gate.weight"].detach().to(ScalarType.Float64, copy: true).requires_grad_(true);
        var logits = ReferenceInput.view(-1, layer.Dim).matmul(Router.t());
        var scores = gate.Kind == GateKind.Sigmoid ? logits.sigmoid() : logits.softmax(-1);
        var (chosen, _) = ReferenceGate.Select(gate, scores.detach(), gate.HasBias ? Layer.state_dict()["gate.e_score_correction_bias"].detach() : null);
        var weights = scores.gather(1, chosen);
        weights = (gate.Normalize ? weights / (weights.sum(-1, true) + 1e-20) : weights) * gate.Scale;
        Losses = new ReferenceLosses(logits, gate.Kind == GateKind.Sigmoid ? scores / scores.sum(-1, true) : scores, weights, chosen);
    }

    public MoeLayer Layer { get; }

    public Tensor Input { get; }

    public Tensor? Mask { get; }

    public Tensor ReferenceInput { get; }

    public Tensor Router { get; }

    public ReferenceLosses Losses { get; }

    /// <summary>A loss over all counted tokens.</summary>
    public Tensor OverBatch(Func<long[], Tensor> loss) => loss(_counted);

    /// <summary>The mean of a loss over the sequences that have a token.</summary>
    public Tensor OverSequences(Func<long[], Tensor> loss)
    {
        Tensor[] each = [.. _counted.GroupBy(token => token / _sequence).Select(tokens => loss([.. tokens]))];
        return each.Aggregate((a, b) => a + b) / each.Length;
    }

    /// <summary>Forward, and a backward in which nothing comes from above.</summary>
    public void Backward() => (Layer.forward(Input, Mask) * 0).sum().backward();

    public void Dispose()
    {
        Layer.Dispose();
        _scope.Dispose();
    }
}
