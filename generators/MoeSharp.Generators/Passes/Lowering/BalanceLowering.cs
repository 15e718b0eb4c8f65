using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Spec.Balance;

namespace MoeSharp.Generators.Passes.Lowering;

/// <summary>The declared balance losses as parts of the gate's region: they are computed in its passes.</summary>
internal static class BalanceLowering
{
    public static EquatableArray<OpPart> Parts(ModelSpec spec) => new([.. spec.BalanceLosses.Select(loss => Part(spec, loss))]);

    /// <summary>Whether a loss's gradient needs the router's logits again.</summary>
    public static bool ReadsLogits(Op op) => op.Parts.Any(part => BalanceTable.OfKey(part.Name)?.Path is BalancePath.Logits or BalancePath.Noise);

    private static OpPart Part(ModelSpec spec, BalanceLossSpec loss) => new(
        loss.Row.Key,
        new(
        [
            new OpAttribute("weight", loss.Weight),
            new OpAttribute("scope", (double)loss.Row.Scope(loss)),
            .. loss.Row.Arguments(spec, loss).Select(argument => new OpAttribute(argument.Name, argument.Value)),
        ]));
}
