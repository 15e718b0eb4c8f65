using System.CommandLine;
using System.Globalization;
using MoeSharp.Benchmarks.SideBySide.Work;
using MoeSharp.Training;
using static TorchSharp.torch;

namespace MoeSharp.Benchmarks.SideBySide;

/// <summary>The side by side with PyTorch: measures everything, prints the table, writes it as Markdown and its bars as SVG.</summary>
internal static class SideBySideCommand
{
    // The generator first: its cold run wants a process in which nothing of it is compiled yet.
    private static readonly IReadOnlyDictionary<string, Action<Machine, Table>> s_works = new Dictionary<string, Action<Machine, Table>>
    {
        ["generator"] = GeneratorWork.Measure,
        ["fp32"] = (machine, table) => LayerWork.Measure(machine, table, ScalarType.Float32),
        ["bf16"] = (machine, table) => LayerWork.Measure(machine, table, ScalarType.BFloat16),
        ["step"] = StepWork.Measure,
        ["experts"] = CountWork.Measure,
        ["decode"] = DecodeWork.Measure,
    };

    /// <summary>Runs a command line.</summary>
    public static int Run(string[] args)
    {
        var only = new Option<string[]>("--only") { Description = $"What to measure: {string.Join(", ", s_works.Keys)}.", AllowMultipleArgumentsPerToken = true };
        only.AcceptOnlyFromAmong([.. s_works.Keys]);
        var rounds = new Option<int?>("--rounds") { Description = "How often each thing is measured, in turns.", DefaultValueFactory = _ => 7 }.WholeNumber(least: 1);
        var directory = new Option<DirectoryInfo>("--out") { Description = "Where side-by-side.md and .svg are written.", DefaultValueFactory = _ => new DirectoryInfo("runs") };
        var root = new RootCommand("Measures MoeSharp beside PyTorch eager and the floors under both. `micro` in its place runs BenchmarkDotNet.") { only, rounds, directory };
        root.SetAction(parsed => Measure(parsed.GetValue(only) is { Length: > 0 } some ? some : [.. s_works.Keys], parsed.GetValue(rounds)!.Value, parsed.GetValue(directory)!));
        return root.Parse(args).Invoke();
    }

    private static int Measure(string[] works, int rounds, DirectoryInfo directory)
    {
        // First: nobody waits ten minutes for a table that cannot be written.
        try
        {
            directory.Create();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"--out: {failure.Message}");
            return 1;
        }

        try
        {
            var table = new Table { Added = goal => Console.WriteLine($"{goal.Work} | {goal.Against} | {goal.Bound} | {goal.Figure} | {goal.Verdict} | {goal.DenseFigure} × dense | {goal.Note}") };
            var python = Python.Find();
            var gains = new List<double>();
            foreach (var work in s_works.Where(work => works.Contains(work.Key)))
            {
                // New processes for each: what one work leaves in an allocator is not the next one's.
                using var machine = new Machine(python, rounds);
                work.Value(machine, table);
                gains.Add(machine.CoresGain());
            }

            var (markdown, chart) = (Path.Combine(directory.FullName, "side-by-side.md"), Path.Combine(directory.FullName, "side-by-side.svg"));
            File.WriteAllText(markdown, MarkdownReport.Write(table, Conditions(rounds, gains)));
            File.WriteAllText(chart, SvgChart.Draw(table.Bars));
            Console.WriteLine($"\n{table.Goals.Count(goal => goal.Met == true)} of {table.Goals.Count(goal => goal.Met is not null)} goals met. Written: {markdown}, {chart}");
            return 0;
        }
        catch (InvalidOperationException failure)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }

    private static string Conditions(int rounds, IReadOnlyList<double> gains) => FormattableString.Invariant(
        $"Ratios are medians of {rounds} rounds in which both sides take turns (a turn of a short work is the median of as many calls as 0.3 s hold), on {Environment.ProcessorCount} cores; times are this machine's. \"× dense\" is the time by that of as many FLOPs in two concurrent single-threaded products of 2048 × 2048 × 1024 in libtorch (for the generator: by that of one such pair). After each work the two cores together did {string.Join(", ", gains.Select(gain => gain.ToString("0.00", CultureInfo.InvariantCulture)))} times what one did alone: where that is less than two, they share what two threads need twice and one thread of PyTorch does not.");
}
