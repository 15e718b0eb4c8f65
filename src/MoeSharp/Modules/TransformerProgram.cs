using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>What a compiled step computed.</summary>
/// <param name="LossSum">The sum of the cross-entropy over all predicted tokens, in nats.</param>
/// <param name="Tokens">Predicted tokens.</param>
/// <param name="BalanceLoss">The balance losses, each with its weight.</param>
public readonly record struct StepResult(double LossSum, int Tokens, double BalanceLoss)
{
    /// <summary>Nats a token.</summary>
    public double Loss => LossSum / Tokens;
}

/// <summary>One lowering of a language model.</summary>
public abstract class TransformerProgram
{
    /// <summary>The logits, <c>[tokens, vocab]</c>.</summary>
    /// <param name="weights">The flat weights.</param>
    /// <param name="ids">Token ids, int64 <c>[tokens]</c>, contiguous.</param>
    /// <param name="settings">Shapes and mode.</param>
    /// <param name="saved">Receives what <see cref="Backward"/> needs; null where no gradient is wanted.</param>
    public abstract Tensor Forward(Tensor weights, Tensor ids, PassSettings settings, List<Tensor>? saved);

    /// <summary>Adds the weights' gradients to a flat buffer.</summary>
    /// <param name="weights">The flat weights of forward.</param>
    /// <param name="ids">The ids of forward.</param>
    /// <param name="settings">The settings of forward.</param>
    /// <param name="saved">What forward kept; it is left as it is.</param>
    /// <param name="dLogits">The gradient of the logits, <c>[tokens, vocab]</c>, contiguous.</param>
    /// <param name="gradient">The flat buffer.</param>
    public abstract void Backward(Tensor weights, Tensor ids, PassSettings settings, IReadOnlyList<Tensor> saved, Tensor dLogits, Tensor gradient);

    /// <summary>Forward, loss and backward of a batch, without autograd's tape: adds to the module's flat gradient.</summary>
    /// <param name="windows">Token ids <c>[batch, sequence + 1]</c>: each predicts the one after it. The last of a window may be −100: it is left out.</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="lossScale">The factor of the sum of the cross-entropy.</param>
    /// <param name="auxiliaryScale">The factor of the balance losses.</param>
    public abstract StepResult Step(ReadOnlySpan<int> windows, int batch, double lossScale, double auxiliaryScale);

    /// <summary>Has the memory of a step of so many sequences allocated, where the program keeps it from step to step.</summary>
    /// <param name="batch">Sequences.</param>
    /// <param name="sequence">Tokens in each.</param>
    public virtual void Reserve(int batch, int sequence)
    {
    }

    /// <summary>The cross-entropy of every predicted token of a batch, summed, in nats. Moves no counter.</summary>
    /// <param name="windows">Token ids <c>[batch, sequence + 1]</c>.</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="counted">How many of the last targets of each window count, <c>[batch]</c>; empty is all.</param>
    public abstract StepResult Evaluate(ReadOnlySpan<int> windows, int batch, ReadOnlySpan<int> counted);

    /// <summary>What the gates choose in a training pass over a batch, without a backward.</summary>
    /// <param name="windows">Token ids <c>[batch, sequence + 1]</c>.</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="log">Where the gates report to.</param>
    /// <param name="key">The key of the pass's random numbers.</param>
    internal virtual PassSums Count(ReadOnlySpan<int> windows, int batch, RoutingLog log, ulong key) => new();

    /// <summary>A cache of keys and values for sequences that grow token by token.</summary>
    /// <param name="sequences">How many.</param>
    /// <param name="context">The most tokens a sequence may have.</param>
    public abstract KeyValueCache NewCache(int sequences, int context);

    /// <summary>Goes on with the chosen sequences of a cache by as many tokens each. Moves no counter.</summary>
    /// <param name="ids">Token ids <c>[chosen sequences, tokens]</c>.</param>
    /// <param name="cache">Knows the tokens before, and these when the call returns.</param>
    /// <param name="logits">Overwritten with the logits after the last token of each, <c>[chosen sequences, vocab]</c>.</param>
    public abstract void Next(ReadOnlySpan<int> ids, KeyValueCache cache, Span<double> logits);

    /// <summary>The first layer whose output is not finite, counted from the embedding (−1); the number of layers stands for the head; null where all are finite.</summary>
    public abstract int? FirstNonFinite(ReadOnlySpan<int> windows, int batch);

    /// <summary>Whether backward can set the experts' gradients in a new buffer, rather than add to zeros.</summary>
    public virtual bool OverwritesExperts => false;

    /// <summary>Whether what forward keeps is one buffer, of which backward wants nothing else to be true than its contents.</summary>
    public virtual bool KeepsOneBuffer => false;
}
