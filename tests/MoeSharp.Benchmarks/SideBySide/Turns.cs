using System.Diagnostics;

namespace MoeSharp.Benchmarks.SideBySide;

/// <summary>
/// Several things measured in turns, so that what the machine does meanwhile meets all of them. A ratio is the median of the rounds' ratios: the
/// machine's speed drifts, two measurements side by side drift together.
/// </summary>
internal sealed class Turns
{
    private readonly Dictionary<string, double[]> _values;

    private Turns(Dictionary<string, double[]> values) => _values = values;

    // A turn of one short call would measure how a process wakes up, not the work.
    private const double ShortestTurn = 0.3;

    /// <summary>Measures everything once a round, what is short several times: a turn's value is their median.</summary>
    public static Turns Take(int rounds, params (string Name, Func<double> Measure)[] contenders)
    {
        var values = contenders.ToDictionary(contender => contender.Name, _ => new double[rounds]);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, measure) in contenders)
            {
                values[name][round] = Turn(measure);
            }
        }

        return new Turns(values);
    }

    /// <summary>The median of one thing's measurements.</summary>
    public double Median(string name) => Middle(_values[name]);

    /// <summary>The median over the rounds of one thing by another.</summary>
    public double Ratio(string name, string by) => Middle(_values[name].Zip(_values[by], (above, below) => above / below));

    /// <summary>Which of some things has the least median.</summary>
    public string Best(params string[] names) => names.MinBy(Median)!;

    private static double Turn(Func<double> measure)
    {
        var taken = new List<double>();
        var watch = Stopwatch.StartNew();
        do
        {
            taken.Add(measure());
        }
        while (watch.Elapsed.TotalSeconds < ShortestTurn);

        return Middle(taken);
    }

    private static double Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
