using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission;

/// <summary>A declared capacity as its op's constants say it.</summary>
/// <param name="Factor">The budget of a group of experts as a multiple of its mean load.</param>
/// <param name="By">Which pairs go first.</param>
/// <param name="Count">Experts, N.</param>
/// <param name="Groups">How many groups they lie in: N where each has a capacity of its own, or the devices.</param>
/// <param name="Exempt">The part of the sequences that nothing is dropped of.</param>
internal sealed record DropOptions(double Factor, DropOrder By, int Count, int Groups, double Exempt)
{
    /// <summary>The call of the runtime's method, on either lowering.</summary>
    public string Call(string home, string experts, string scores)
    {
        var budget = $"groups: {Groups}, factor: {Literals.Number(Factor)}";
        return By == DropOrder.Position
            ? $"{home}.ByPosition(pass, sparseLayer, {experts}, count: {Count}, {budget})"
            : $"{home}.ByScore(pass, sparseLayer, {experts}, {scores}, {budget}{(Exempt > 0 ? ", exempt: " + Literals.Number(Exempt) : string.Empty)})";
    }

    /// <summary>What the call does, for the reader of generated code.</summary>
    public IEnumerable<string> Comment(int active)
    {
        var (who, rest) = Groups == Count ? ("an expert", $"{active}·T/{Count}") : ($"a device of {Count / Groups} experts", $"{active}·T/{Groups}");
        var what = By != DropOrder.Position
            ? "those of the lowest scores are dropped, of equal ones the later"
            : "the latest are dropped" + (active > 1 ? ", last choices before first ones" : string.Empty);
        yield return $"// in training {who} takes at most ⌈{Literals.Number(Factor)}·{rest}⌉ pairs, T the tokens that are no padding;";
        yield return $"// beyond it {what} (−1)";
        if (Exempt > 0)
        {
            yield return $"// the tokens of a sequence are never dropped with probability {Literals.Number(Exempt)}: drawn anew in each pass, for all layers alike";
        }
    }

    public static DropOptions Of(Op op) => new(op["factor"], (DropOrder)op.Int("by"), op.Int("count"), op.Int("groups"), op["exempt"]);
}
