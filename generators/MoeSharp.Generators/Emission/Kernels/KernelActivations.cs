using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Ir.Activations;
using static MoeSharp.Generators.Emission.Kernels.KernelOps;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>The ops of every row of <see cref="ActivationTable"/> as calls of its kernels, and the shared experts' gate.</summary>
internal static class KernelActivations
{
    /// <summary>One row an op.</summary>
    public static Dictionary<string, Action<Op, SourceWriter>> Rows => ActivationTable.All
        .SelectMany(row => new (string Op, Action<Op, SourceWriter> Write)[] { (row.Op, Forward(row)), (row.BackwardOp, Backward(row)) })
        .ToDictionary(entry => entry.Op, entry => entry.Write);

    private static Action<Op, SourceWriter> Forward(Activation activation) => (op, to) =>
    {
        to.Line($"// {Out(op, 0)} = {activation.Formula}, {Where(activation, In(op, 0))}");
        to.Line($"{activation.Kernel}.Forward(workers, {In(op, 0)}, {Out(op, 0)});");
    };

    private static Action<Op, SourceWriter> Backward(Activation activation) => (op, to) =>
    {
        var gradient = string.Format(System.Globalization.CultureInfo.InvariantCulture, activation.Gradient, In(op, 0), Out(op, 0));
        var now = op.InPlace ? $", now the gradient of {In(op, 1)}" : string.Empty;
        to.Line(activation.IsGated ? $"// {gradient}" : $"// {Where(activation, In(op, 1))}: {gradient}{now}");
        if (op.FromLastColumns)
        {
            to.Line($"// (over {In(op, 0)}, which lies in {Out(op, 0)}'s last columns: this core has just written there)");
        }

        to.Line($"{activation.Kernel}.Backward(workers, {In(op, 0)}, {In(op, 1)}, {Out(op, 0)});");
    };

    public static void AfterLinear(Op op, SourceWriter to)
    {
        var activation = ActivationTable.Of(op);
        var (a, z, bias) = (Out(op, 0), Out(op, 1), Emission.Names.Symbol(op.Inputs[2]));
        var note = op.Note.Length > 0 ? ": " + op.Note : string.Empty;
        to.Line($"// {z} = {In(op, 0)}·{Emission.Names.Symbol(op.Inputs[1])}ᵀ{note}");
        to.Line($"Gemm<TWeight>.Multiply(workers, {In(op, 0)}, {In(op, 1)}.Transposed, {z});");
        to.Line($"// fused: {z} += {bias}, and {a} = {activation.Formula}, {Where(activation, z)}");
        to.Line($"{activation.Kernel}.Forward(workers, {z}, {a}, {In(op, 2)});");
    }

    public static void SigmoidScale(Op op, SourceWriter to)
    {
        to.Line($"// {Out(op, 0)} = σ({In(op, 1)})·{In(op, 0)}");
        to.Line($"SharedGate.Forward(workers, {In(op, 0)}, {In(op, 1)}, {Out(op, 0)});");
    }

    public static void SigmoidScaleBackward(Op op, SourceWriter to)
    {
        to.Line($"// σ = sigmoid({In(op, 2)}): {Out(op, 0)} = σ·{In(op, 0)}, {Out(op, 1)} = ⟨{In(op, 0)}, {In(op, 1)}⟩·σ·(1 − σ)");
        to.Line($"SharedGate.Backward(workers, {In(op, 0)}, {In(op, 1)}, {In(op, 2)}, {Out(op, 0)}, {Out(op, 1)});");
    }

    private static string Where(Activation activation, string input) => activation.IsGated ? $"the two halves of {input}" : $"up = {input}";
}
