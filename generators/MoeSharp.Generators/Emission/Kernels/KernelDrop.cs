using MoeSharp.Generators.Ir;
using static MoeSharp.Generators.Emission.Kernels.KernelOps;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>Dropping what is over a capacity, on the CPU.</summary>
internal static class KernelDrop
{
    public static void Forward(Op op, SourceWriter to)
    {
        var drop = DropOptions.Of(op);
        var (weights, experts, scores, keptWeights, kept) = (In(op, 0), In(op, 1), In(op, 2), Out(op, 0), Out(op, 1));
        foreach (var line in drop.Comment(op.Outputs[0].Shape.Columns))
        {
            to.Line(line);
        }

        to.Line($"Dropping.Begin({experts}, {kept});");
        using (to.Block("if (pass.Training)"))
        {
            to.Line(drop.Call("Dropping", kept, scores) + ";");
        }

        to.Line();
        to.Line($"Dropping.Zero({weights}, {kept}, {keptWeights});", "a dropped pair's weight is 0; the others stay as they are");
    }

    public static void Backward(Op op, SourceWriter to) =>
        to.Line($"Dropping.Zero({In(op, 0)}, {In(op, 1)}, {Out(op, 0)});", "a dropped pair's weight has no gradient");
}
