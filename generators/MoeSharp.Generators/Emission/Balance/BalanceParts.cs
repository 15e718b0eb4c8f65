using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec.Balance;

namespace MoeSharp.Generators.Emission.Balance;

/// <summary>The balance losses of a gate's region, as both lowerings write them: which sums to measure, each loss, each loss's slope.</summary>
internal sealed class BalanceParts
{
    private readonly List<Loss> _losses;

    private BalanceParts(List<Loss> losses) => _losses = losses;

    public bool Any => _losses.Count > 0;

    public IReadOnlyList<Loss> All => _losses;

    public static BalanceParts Of(Op op) => new(
    [
        .. op.Parts.Select(part => (Part: part, Row: BalanceTable.OfKey(part.Name)))
            .Where(entry => entry.Row is not null)
            .Select(entry => new Loss(entry.Row!, entry.Part["weight"], op.Int("active"))),
    ]);

    /// <summary>The arguments that say what is to be measured, beside the tensors: only what some loss asks for.</summary>
    public IEnumerable<string> Measured()
    {
        if (_losses.Exists(loss => loss.Row.IsPerSequence))
        {
            yield return "bySequence: true";
        }

        if (_losses.Exists(loss => loss.Row.CountsUnbiased))
        {
            yield return "unbiased: true";
        }
    }

    /// <summary>One declared loss.</summary>
    internal sealed record Loss(BalanceRow Row, double Factor, int Active)
    {
        /// <summary>The statement that reports its value.</summary>
        public string Value => $"report.Over{Part}({Literals.Quoted(Row.Key)}, weight: {Literals.Number(Factor)}, part => {Call("Value")});";

        /// <summary>The statement that adds its slope to what the mean scores receive.</summary>
        public string Slope => $"dP.Over{Part}(weight: {Literals.Number(Factor)}, part => {Call("Slope")});";

        private string Part => Row.IsPerSequence ? "Sequences" : "Batch";

        private string Call(string method) => $"{Row.Word}Loss.{method}(part, active: {Active})";
    }
}
