using System.Linq;
using MoeSharp.Generators.Ir;
using static MoeSharp.Generators.Emission.Kernels.KernelOps;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>A product with a weight and its two derivatives, each with its equation.</summary>
internal static class KernelProducts
{
    public static void Linear(Op op, SourceWriter to)
    {
        var note = op.Note.Length > 0 ? ": " + op.Note : string.Empty;
        to.Line($"// {Out(op, 0)} = {In(op, 0)}·{Emission.Names.Symbol(op.Inputs[1])}ᵀ{note}");
        to.Line($"Gemm<{Type(op)}>.Multiply(workers, {In(op, 0)}, {In(op, 1)}.Transposed, {Out(op, 0)});");
        if (op.Inputs.Count > 2)
        {
            to.Line($"// {Out(op, 0)} += {Emission.Names.Symbol(op.Inputs[2])}");
            to.Line($"Bias.Add(workers, {Out(op, 0)}, {In(op, 2)});");
        }
    }

    public static void Backward(Op op, SourceWriter to)
    {
        var (sign, accumulate) = op.Into is null ? ("=", string.Empty) : ("+=", ", accumulate: true");
        to.Line($"// {Out(op, 0)} {sign} {In(op, 0)}·{Emission.Names.Symbol(op.Inputs[1])}");
        to.Line($"Gemm<{Type(op)}>.Multiply(workers, {In(op, 0)}, {In(op, 1)}, {Out(op, 0)}{accumulate});");
    }

    public static void WeightGradient(Op op, SourceWriter to)
    {
        to.Line($"// {Emission.Names.Symbol(op.Outputs[0])} += {In(op, 0)}ᵀ·{In(op, 1)}");
        to.Line($"Gemm<{Type(op)}>.Multiply(workers, {In(op, 0)}.Transposed, {In(op, 1)}, {Out(op, 0)}, accumulate: true);");
    }

    public static void BothGradients(Op op, SourceWriter to)
    {
        var (sign, accumulate) = op.Into is null ? ("=", string.Empty) : ("+=", ", accumulate: true");
        var (dY, x) = (In(op, 0), In(op, 2));
        to.Line($"// fused: {Emission.Names.Symbol(op.Outputs[1])} += {dY}ᵀ·{x} and {Out(op, 0)} {sign} {dY}·{Emission.Names.Symbol(op.Inputs[1])} side by side, one wait for both");
        to.Line($"Linear<{Type(op)}>.Backward(workers, {dY}, {x}, {In(op, 1)}, {Out(op, 1)}, {Out(op, 0)}{accumulate});");
    }

    public static void BiasGradient(Op op, SourceWriter to)
    {
        to.Line($"// {Emission.Names.Symbol(op.Outputs[0])} += Σ rows of {In(op, 0)}");
        to.Line($"Bias.Gradient(workers, {In(op, 0)}, {Out(op, 0)});");
    }

    /// <summary>The type a product is computed in: the weights', but the gate's is that of activations.</summary>
    private static string Type(Op op) => op.IsWide ? "T" : "TWeight";
}
