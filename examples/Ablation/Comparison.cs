using System.Globalization;

namespace Ablation;

/// <summary>The runs of one contender.</summary>
/// <param name="Contender">Which.</param>
/// <param name="Bits">Validation bits per byte, one a seed.</param>
/// <param name="MaxVio">The worst layer's MaxVio over the last steps, one a seed; empty where there are no experts.</param>
public sealed record Outcome(Contender Contender, IReadOnlyList<double> Bits, IReadOnlyList<double> MaxVio)
{
    /// <summary>The mean over the seeds.</summary>
    public double Mean => Bits.Average();

    /// <summary>Half the distance between the best and the worst seed.</summary>
    public double Spread => (Bits.Max() - Bits.Min()) / 2;
}

/// <summary>What the runs say, beside what the paper says.</summary>
public static class Comparison
{
    /// <summary>The table.</summary>
    public static IEnumerable<string> Table(IEnumerable<Outcome> outcomes)
    {
        yield return $"{"model",-18} {"parameters",12} {"active",9} {"bits per byte",14} {"spread",7} {"MaxVio",7} {"paper",7}";
        foreach (var each in outcomes)
        {
            var (card, vio) = (each.Contender.Card, each.MaxVio.Count == 0 ? "–" : Text($"{each.MaxVio.Average():0.00}"));
            yield return Text($"{each.Contender.Name,-18} {card.Parameters,12:#,0} {card.ActiveParameters,9:#,0} {each.Mean,14:0.0000} {each.Spread,7:0.0000} {vio,7} {each.Contender.PaperLoss,7:0.000}");
        }
    }

    /// <summary>Every pair: which is better here, whether beyond what the seeds differ by, and where the paper has both, whether it says the same.</summary>
    public static IEnumerable<string> Pairs(IReadOnlyList<Outcome> outcomes) =>
        from better in outcomes.Select((outcome, index) => (Outcome: outcome, Index: index))
        from worse in outcomes.Take(better.Index)
        select Judge(worse, better.Outcome);

    /// <summary>The later contender is the better one in the paper, where the paper has both.</summary>
    private static string Judge(Outcome worse, Outcome better)
    {
        var gain = worse.Mean - better.Mean;
        var paper = (worse.Contender.PaperLoss, better.Contender.PaperLoss) switch
        {
            ({ } above, { } below) => gain > 0 == above > below ? "as in the paper" : "the other way round than in the paper",
            _ => gain > 0 ? "better" : "worse",
        };
        var verdict = Math.Abs(gain) <= worse.Spread + better.Spread ? "no difference beyond the seeds'" : paper;
        return Text($"{better.Contender.Name} against {worse.Contender.Name}: {gain:+0.0000;-0.0000} bits, {verdict}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
