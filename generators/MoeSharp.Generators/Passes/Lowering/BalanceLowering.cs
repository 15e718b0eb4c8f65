using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Spec.Balance;

namespace MoeSharp.Generators.Passes.Lowering;

/// <summary>The declared balance losses as parts of the gate's region: they are computed in its passes.</summary>
internal static class BalanceLowering
{
    public static EquatableArray<OpPart> Parts(ModelSpec spec) => new([.. spec.BalanceLosses.Select(Part)]);

    private static OpPart Part(BalanceLossSpec loss) =>
        new(loss.Row.Key, new([.. loss.Constants.Select(constant => new OpAttribute(Snake(constant.Name), constant.Value))]));

    /// <summary><c>PerSequence</c> → <c>per_sequence</c>.</summary>
    private static string Snake(string name) =>
        string.Concat(name.Select((letter, at) => (at > 0 && char.IsUpper(letter) ? "_" : string.Empty) + char.ToLowerInvariant(letter)));
}
