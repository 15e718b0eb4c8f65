using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec.Balance;

namespace MoeSharp.Generators.Emission.Balance;

/// <summary>The balance losses of a gate's region, as both lowerings write them: what to measure, each loss, and what each adds to the gradient.</summary>
internal sealed class BalanceParts
{
    private readonly int _active;
    private readonly List<Loss> _losses;

    private BalanceParts(int active, List<Loss> losses) => (_active, _losses) = (active, losses);

    public bool Any => _losses.Count > 0;

    public IReadOnlyList<Loss> All => _losses;

    public static BalanceParts Of(Op op) => new(
        op.Int("active"),
        [.. op.Parts.Select(part => (Part: part, Row: BalanceTable.OfKey(part.Name))).Where(entry => entry.Row is not null).Select(entry => new Loss(entry.Row!, entry.Part))]);

    /// <summary>Whether a loss has its gradient there.</summary>
    public bool Reach(BalancePath path) => _losses.Exists(loss => loss.Row.Path == path);

    /// <summary>The arguments that say what is to be measured beside choice and scores: only what some loss asks for.</summary>
    public IEnumerable<string> Measured(Op op, Func<Value, string> nameOf)
    {
        if (_losses.Exists(loss => loss.Scope == BalanceScope.Sequences))
        {
            yield return "bySequence: true";
        }

        if (_losses.Exists(loss => loss.Row.Counts == BalanceCounts.Unbiased))
        {
            yield return $"unbiased: {_active}";
        }

        if (_losses.Find(loss => loss.Row.Counts == BalanceCounts.Devices) is { } device)
        {
            yield return $"devices: {device.Part.Int("devices")}";
        }

        if (Reach(BalancePath.Weights))
        {
            yield return $"weights: {nameOf(op.Outputs[0])}";
        }

        if (Reach(BalancePath.Logits) || Reach(BalancePath.Noise))
        {
            yield return $"logits: {nameOf(op.Inputs[0])}";
        }

        if (Reach(BalancePath.Noise))
        {
            yield return $"amplitude: {nameOf(op.Inputs[1])}";
            yield return $"noise: {nameOf(op.Outputs[3])}";
        }
    }

    /// <summary>One declared loss.</summary>
    internal sealed record Loss(BalanceRow Row, OpPart Part)
    {
        public BalanceScope Scope => (BalanceScope)Part.Int("scope");

        /// <summary>The statement that reports its value.</summary>
        public string Value => $"report.Over{Scope}({Literals.Quoted(Row.Key)}, weight: {Weight}, part => {Call("Value")});";

        /// <summary>The statement that adds it to the gradient.</summary>
        public string Slope => Row.Path switch
        {
            BalancePath.Logits => $"balance.OverLogits(weight: {Weight});",
            BalancePath.Noise => $"balance.OverLoads(weight: {Weight}, part => {Call("Slope")});",
            BalancePath.Weights => $"balance.OverWeights(weight: {Weight}, part => {Call("Slope")});",
            _ => $"balance.Over{Scope}(weight: {Weight}, part => {Call("Slope")});",
        };

        private string Weight => Literals.Number(Part["weight"]);

        // What comes after the weight and the scope are the function's own arguments; firstChoice is its one flag.
        private string Call(string method) => $"{Row.Class}.{method}({string.Join(", ", Part.Constants.Skip(2).Select(Argument).Prepend("part"))})";

        private static string Argument(OpAttribute constant) =>
            $"{constant.Name}: {(constant.Name == "firstChoice" ? "true" : Literals.Number(constant.Value))}";
    }
}
