using MoeSharp.Generators.Ir;
using static MoeSharp.Generators.Emission.Torch.TorchOpTable;

namespace MoeSharp.Generators.Emission.Torch;

/// <summary>Dropping what is over a capacity, in TorchSharp's operations.</summary>
internal static class TorchDrop
{
    public static void Forward(Op op, SourceWriter to)
    {
        var drop = DropOptions.Of(op);
        var (weights, experts, scores, keptWeights, kept) = (In(op, 0), In(op, 1), In(op, 2), Out(op, 0), Out(op, 1));
        foreach (var line in drop.Comment(op.Outputs[0].Shape.Columns))
        {
            to.Line(line);
        }

        to.Line($"var {kept} = {experts};", op.Outputs[1].Shape.ToString());
        using (to.Block("if (pass.Training)"))
        {
            to.Line($"{kept} = {drop.Call("TorchDropping", experts, scores)};");
        }

        to.Line();
        to.Line($"var {keptWeights} = TorchDropping.Zero({weights}, {kept});", "a dropped pair's weight is 0; the others stay as they are");
    }

    public static void Backward(Op op, SourceWriter to) =>
        to.Line($"var {Out(op, 0)} = TorchDropping.Zero({In(op, 0)}, {In(op, 1)});", "a dropped pair's weight has no gradient");
}
