using MoeSharp.Benchmarks.Declared;
using MoeSharp.Modules;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>A layer to measure, with the goals of its shape.</summary>
/// <param name="Layer">Makes the layer.</param>
/// <param name="EagerSingle">How much faster than PyTorch eager it has to be in fp32,</param>
/// <param name="EagerHalf">and in bf16.</param>
internal sealed record LayerShape(
    Func<MoeLayer> Layer, int Tokens, int Dim, int Experts, int Active, int Shared, int Hidden, double EagerSingle, double EagerHalf)
{
    /// <summary>The three shapes.</summary>
    public static IReadOnlyList<LayerShape> All { get; } =
    [
        new(() => new Wide64(), 1024, 1024, 64, 6, 2, 704, EagerSingle: 2.5, EagerHalf: 1.6),
        new(() => new Wide256(), 2048, 1024, 256, 8, 1, 256, EagerSingle: 5, EagerHalf: 2.5),
        new(() => new Narrow64(), 512, 512, 64, 6, 2, 192, EagerSingle: 3.5, EagerHalf: 3),
    ];

    /// <summary>FLOPs of forward and backward: three products each of gate and up, down, and the router.</summary>
    public double Flops => 6.0 * Tokens * Dim * ((3.0 * Hidden * (Active + Shared)) + Experts);

    /// <summary>Parameters: those of all experts, and the router.</summary>
    public long Parameters => (long)Dim * ((3L * Hidden * (Experts + Shared)) + Experts);

    /// <summary>What the peer is asked.</summary>
    public Dictionary<string, object> Request(string dtype) => new()
    {
        ["tokens"] = Tokens,
        ["dim"] = Dim,
        ["experts"] = Experts,
        ["active"] = Active,
        ["shared"] = Shared,
        ["hidden"] = Hidden,
        ["dtype"] = dtype,
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Tokens}×{Dim}, {Experts}/{Active}/{Shared}×{Hidden}";
}
