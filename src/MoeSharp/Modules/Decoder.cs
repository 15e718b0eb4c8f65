using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>
/// Sequences that a model goes on with token by token, its keys and values kept: what <see cref="TransformerModule.Generate(IReadOnlyList{int}, int, double, Random)"/>
/// is made of, for a loop of one's own. The logits are those of <c>forward</c> over the whole sequence; no counter moves. One thread at a time may use a
/// decoder; several decoders of one model may run side by side.
/// </summary>
/// <remarks>
/// A model knows as many positions as its Context. When a sequence has as many tokens, its window moves on with every further token: the first one falls
/// out and the others move up one position, so their keys and values are computed anew, and a token takes as long as the whole window. That is what the
/// model was trained for; to go on quickly, <see cref="Start"/> the sequence again with fewer of its tokens.
/// </remarks>
public sealed class Decoder : IDisposable
{
    private readonly TransformerModule _module;
    private readonly TransformerProgram _program;
    private readonly KeyValueCache _cache;
    private readonly double[] _logits;
    private readonly double[] _batch;
    private readonly int[][] _windows;
    private readonly int[] _chosen;
    private readonly int[] _ids;
    private bool _disposed;

    internal Decoder(TransformerModule module, TransformerProgram program, int sequences)
    {
        (_module, _program, Vocab) = (module, program, module.Description.Vocab);
        _cache = program.NewCache(sequences, module.Description.Context);
        (_logits, _batch) = (new double[(long)sequences * Vocab], new double[(long)sequences * Vocab]);
        (_chosen, _ids) = (new int[sequences], new int[sequences]);
        _windows = [.. Enumerable.Range(0, sequences).Select(_ => new int[module.Description.Context])];
    }

    /// <summary>Token ids of the model.</summary>
    public int Vocab { get; }

    /// <summary>How many sequences there are.</summary>
    public int Sequences => _chosen.Length;

    /// <summary>The logits after the last token of a sequence, <c>[vocab]</c>; good until the next call.</summary>
    /// <exception cref="InvalidOperationException">The sequence was not started.</exception>
    public ReadOnlySpan<double> Logits(int sequence)
    {
        Check(sequence);
        return _cache.LengthOf(sequence) > 0
            ? _logits.AsSpan(sequence * Vocab, Vocab)
            : throw new InvalidOperationException($"Sequence {sequence} has no token yet: call Start({sequence}, ids) first.");
    }

    /// <summary>Begins a sequence, or begins it anew.</summary>
    /// <param name="sequence">Which one.</param>
    /// <param name="ids">Its tokens so far; at least one. Only the last Context ids are looked at.</param>
    /// <exception cref="ArgumentException">There is no id, or one is outside of the vocabulary.</exception>
    /// <exception cref="InvalidOperationException">The module was moved, or its lowering changed, since the decoder was made.</exception>
    public void Start(int sequence, ReadOnlySpan<int> ids)
    {
        Check(sequence);
        if (ids.IsEmpty)
        {
            throw new ArgumentException("A prompt of at least one token is needed to go on after.", nameof(ids));
        }

        var window = ids[Math.Max(0, ids.Length - _cache.Context)..];
        CheckIds(window);
        window.CopyTo(_windows[sequence]);
        _cache.Clear(sequence);
        Run(window, [sequence], _logits.AsSpan(sequence * Vocab, Vocab));
    }

    /// <summary>Adds a token to every sequence.</summary>
    /// <param name="ids">One id a sequence.</param>
    /// <exception cref="ArgumentException">There are not as many ids as sequences, or one is outside of the vocabulary.</exception>
    /// <exception cref="InvalidOperationException">A sequence was not started, or the module was moved, or its lowering changed, since the decoder was made.</exception>
    public void Append(ReadOnlySpan<int> ids)
    {
        if (ids.Length != Sequences)
        {
            throw new ArgumentException($"Each of the {Sequences} sequences takes one id, and {ids.Length} were given.", nameof(ids));
        }

        CheckIds(ids);
        var growing = 0;
        for (var sequence = 0; sequence < Sequences; sequence++)
        {
            Logits(sequence);
            if (_cache.LengthOf(sequence) == _cache.Context)
            {
                Slide(sequence, ids[sequence]);
                continue;
            }

            _windows[sequence][_cache.LengthOf(sequence)] = ids[sequence];
            (_chosen[growing], _ids[growing]) = (sequence, ids[sequence]);
            growing++;
        }

        if (growing == 0)
        {
            return;
        }

        Run(_ids.AsSpan(0, growing), _chosen.AsSpan(0, growing), _batch);
        for (var i = 0; i < growing; i++)
        {
            _batch.AsSpan(i * Vocab, Vocab).CopyTo(_logits.AsSpan(_chosen[i] * Vocab, Vocab));
        }
    }

    /// <summary>Gives the cache's memory back.</summary>
    public void Dispose()
    {
        _disposed = true;
        _cache.Dispose();
    }

    private void Slide(int sequence, int id)
    {
        var window = _windows[sequence];
        window.AsSpan(1).CopyTo(window);
        window[^1] = id;
        _cache.Clear(sequence);
        Run(window, [sequence], _logits.AsSpan(sequence * Vocab, Vocab));
    }

    private void Run(ReadOnlySpan<int> ids, ReadOnlySpan<int> sequences, Span<double> logits)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_module.Runs(_program))
        {
            throw new InvalidOperationException(
                $"{_module.GetName()} was moved with to(), or its Lowering was changed, after Decode was called: its keys and values are of another form. Call Decode again.");
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        _cache.Choose(sequences);
        _program.Next(ids, _cache, logits);
    }

    private void Check(int sequence)
    {
        if ((uint)sequence >= (uint)Sequences)
        {
            throw new ArgumentOutOfRangeException(nameof(sequence), sequence, $"The decoder has sequences 0 to {Sequences - 1}.");
        }
    }

    private void CheckIds(ReadOnlySpan<int> ids)
    {
        for (var at = 0; at < ids.Length; at++)
        {
            if ((uint)ids[at] >= (uint)Vocab)
            {
                throw new ArgumentException($"Token id {ids[at]} is outside of the vocabulary of {_module.GetName()}, 0 to {Vocab - 1}.", nameof(ids));
            }
        }
    }
}
