namespace MoeSharp;

/// <summary>
/// Declares what backward computes again instead of reading what forward kept: memory for time. The head of the generated kernels says how many bytes a token
/// are kept, and how many were without the word. Without it, all that backward reads is kept. It holds in both lowerings.
/// </summary>
/// <remarks>
/// Losses, gradients and choices are the same bit for bit, because the same operations run on the same numbers: random gates draw theirs again from the seed
/// and the pass, and the balance bias is that of forward, whenever it moved. What is computed again moves no counter. With <see cref="RecomputeKind.Block"/>
/// a block's backward begins with its forward, without what only its output needs (the last products, the combine). The card's FLOPs count no operation
/// twice. A file that has <c>using static TorchSharp.torch.nn;</c> too writes <c>RecomputeKind.Activations</c>, because there <c>Activations</c> is something else.
/// </remarks>
/// <param name="kind">What is computed again.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RecomputeAttribute(RecomputeKind kind) : Attribute
{
    /// <summary>What is computed again.</summary>
    public RecomputeKind Kind { get; } = kind;
}
