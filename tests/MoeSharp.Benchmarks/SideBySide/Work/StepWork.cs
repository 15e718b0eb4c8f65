using System.Globalization;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>The example's training step: its rate and memory against PyTorch eager, and how much of it is no product.</summary>
internal static class StepWork
{
    private const int StepsATurn = 5;
    private const int TurnsARound = 3;
    private const int WarmUps = 30;
    private const string Work = "ApiDocs training step, fp32";

    /// <summary>The three rows with a goal, and what recomputation and bfloat16 cost and save.</summary>
    public static void Measure(Machine machine, Table table)
    {
        var request = StepRun.Request;
        using var bandwidth = new Bandwidth();
        using var run = Warm(StepVariant.Declared);
        using var activations = Warm(StepVariant.Activations);
        using var block = Warm(StepVariant.Block);
        using var narrow = Warm(StepVariant.BFloat16);
        var turns = Turns.Take(
            machine.Rounds * TurnsARound,
            ("ours", () => Turn(run)),
            (nameof(StepVariant.Activations), () => Turn(activations)),
            (nameof(StepVariant.Block), () => Turn(block)),
            (nameof(StepVariant.BFloat16), () => Turn(narrow)),
            ("dense", () => machine.Dense("float32", StepRun.Flops)),
            ("one thread", () => machine.Peers[0].Measure("step", request)),
            ("two threads", () => machine.Peers[1].Measure("step", request)),
            ("memory", () => StepRun.TrafficBytes / bandwidth.Copy()));
        var eager = turns.Best("one thread", "two threads");
        var dense = turns.Ratio("ours", "dense");
        table.Add(new Goal(Work + ": tokens a second", "PyTorch eager", turns.Ratio(eager, "ours"), 2.5, "× faster", dense)
        {
            AtLeast = true,
            Note = FormattableString.Invariant($"{StepRun.Tokens / turns.Median("ours"):#,0} tokens/s; eager, {eager}: {StepRun.Tokens / turns.Median(eager):#,0}"),
        });
        table.Add(new Bar("fp32, ApiDocs training step", "PyTorch eager", turns.Ratio(eager, "dense")));
        table.Add(new Bar("fp32, ApiDocs training step", "MoeSharp", dense));

        var (ours, theirs) = (Memory(StepVariant.Declared), machine.Fresh("step_memory", request));
        table.Add(new Goal(Work + ": peak memory above weights, gradients, moments", "PyTorch eager", ours / theirs, 0.5, "×", dense)
        {
            Note = FormattableString.Invariant($"{ours / 1e6:0} MB; eager {theirs / 1e6:0} MB"),
        });
        var outside = Outside(machine.Rounds);
        table.Add(new Goal(Work + ": time outside products", "the whole step, both threads", outside[outside.Length / 2].Percent, 15, "%", dense)
        {
            Note = FormattableString.Invariant($"the {StepRun.TrafficBytes / 1e6:0} MB that pass between products, at the {StepRun.TrafficBytes / turns.Median("memory") / 1e9:0} GB/s of a copy: {100 * turns.Ratio("memory", "ours"):0} % were nothing still in cache; without what reading the clock takes; in {outside.Length} processes {Listed("0.0", one => one.Percent)} %, a cache line going from core to core in {Listed("0", one => one.HandOver)} ns then"),
        });
        foreach (var (variant, word, than) in new[]
        {
            (StepVariant.Activations, "[Recompute(Activations)]", "recomputing nothing"),
            (StepVariant.Block, "[Recompute(Block)]", "recomputing nothing"),
            (StepVariant.BFloat16, "[Train(Precision = BFloat16)]", "in fp32"),
        })
        {
            var (name, peak) = ($"{variant}", Memory(variant));
            table.Add(new Goal($"{Work}: time with {word}", than, turns.Ratio(name, "ours"), null, "×", turns.Ratio(name, "dense"))
            {
                Note = FormattableString.Invariant($"{StepRun.Tokens / turns.Median(name):#,0} tokens/s; peak memory above weights, gradients, moments {peak / ours:0.00} ×: {peak / 1e6:0} MB"),
            });
        }

        string Listed(string format, Func<(double Percent, double HandOver), double> of) =>
            string.Join(", ", outside.Select(one => of(one).ToString(format, CultureInfo.InvariantCulture)));
    }

    /// <summary>The share outside products in some processes one after the other, in order, and how long a cache line took from core to core before and after each.</summary>
    private static (double Percent, double HandOver)[] Outside(int processes)
    {
        var shares = new (double Percent, double HandOver)[processes];
        for (var process = 0; process < processes; process++)
        {
            var before = HandOver.Nanoseconds();
            var share = Child.Start(Child.OutsideProducts);
            shares[process] = (100 * share, (before + HandOver.Nanoseconds()) / 2);
        }

        Array.Sort(shares);
        return shares;
    }

    private static StepRun Warm(StepVariant variant)
    {
        var run = new StepRun(variant);
        for (var warm = 0; warm < WarmUps; warm++)
        {
            run.Seconds();
        }

        return run;
    }

    private static double Turn(StepRun run) => Enumerable.Range(0, StepsATurn).Average(_ => run.Seconds());

    private static double Memory(StepVariant variant) => Child.Start(Child.StepMemory, $"{variant}");
}
