using System.Diagnostics;
using System.Globalization;
using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>Measurements that need a process of their own: each prints one number.</summary>
internal static class Child
{
    private const string Prefix = "measure:";
    private const double ClockedSeconds = 7;
    private const int FewestClocked = 8;

    /// <summary>
    /// Bytes of resident memory at the step's peak, above what is resident before the first step and the gradient and moments it leaves. A
    /// <see cref="StepVariant"/> follows.
    /// </summary>
    public const string StepMemory = Prefix + "step-memory";

    /// <summary>The share of the step's thread time that is not inside a product, without what the clock itself takes.</summary>
    public const string OutsideProducts = Prefix + "outside-products";

    /// <summary>The same of a layer: which one of <see cref="LayerShape.All"/>, and its type, follow.</summary>
    public const string LayerOutsideProducts = Prefix + "layer-outside-products";

    /// <summary>Seconds of a first run over a hundred models, of a generator that does nothing.</summary>
    public const string SearchAlone = Prefix + "search-alone";

    /// <summary>Whether the process was started to measure one thing, and what.</summary>
    public static bool TryRun(string[] args)
    {
        double? value = args switch
        {
            [StepMemory, var variant] => Memory(Enum.Parse<StepVariant>(variant)),
            [OutsideProducts] => Outside(() => new StepRun(), run => run.Seconds()),
            [LayerOutsideProducts, var shape, var type] => Outside(() => Layer(shape, type), run => run.Seconds()),
            [SearchAlone] => new GeneratorRun(100, new SearchAlone()).Cold(),
            _ => null,
        };
        if (value is { } number)
        {
            Console.WriteLine(number.ToString(CultureInfo.InvariantCulture));
        }

        return value is not null;
    }

    /// <summary>Starts this program again for one measurement.</summary>
    public static double Start(string what, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        }

        foreach (var argument in arguments.Prepend(what))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? double.Parse(output, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"The process that measures {what} ended with {process.ExitCode}: {output}");
    }

    private static double Memory(StepVariant variant)
    {
        // What the runtime itself needs for a step is there after one of another model.
        using (var other = new StepRun(variant))
        {
            other.Seconds();
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Status("VmRSS");
        using var run = new StepRun(variant);
        File.WriteAllText("/proc/self/clear_refs", "5");
        for (var step = 0; step < 3; step++)
        {
            run.Seconds();
        }

        return Status("VmHWM") - before - StepRun.StateBytes - ApiDocs.ApiDocsModel.Card.WeightBytes;
    }

    private static double Status(string field)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    private static LayerRun Layer(string index, string type)
    {
        var shape = LayerShape.All[int.Parse(index, CultureInfo.InvariantCulture)];
        return new LayerRun(shape.Layer, shape.Tokens, shape.Dim, Enum.Parse<ScalarType>(type));
    }

    private static double Outside<TRun>(Func<TRun> make, Func<TRun, double> secondsOf)
        where TRun : IDisposable
    {
        AppContext.SetSwitch("MoeSharp.ProductClock", true);
        using var run = make();
        var shares = new List<double>();
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < ClockedSeconds || shares.Count < FewestClocked)
        {
            // The first are measured before the JIT is done with the clock, and are left out below.
            var clock = ClockCost.Measure();
            var (before, calls) = (ProductClock.Seconds, ProductClock.Calls);
            var seconds = secondsOf(run);
            calls = ProductClock.Calls - calls;
            var products = ProductClock.Seconds - before - (calls * clock.Inside);
            shares.Add(1 - (products / ((seconds * Workers.Shared.Count) - (calls * clock.Whole))));
        }

        return shares.Skip(shares.Count / 2).Order().ElementAt(shares.Count / 4);
    }

    /// <summary>
    /// What timing one product takes: a pair with nothing between. That it also keeps the processor from working ahead is not in it: too little is taken off
    /// rather than too much.
    /// </summary>
    /// <param name="Whole">Seconds of the pair,</param>
    /// <param name="Inside">and how many of them the clock takes for the product's.</param>
    private readonly record struct ClockCost(double Whole, double Inside)
    {
        private const int Pairs = 2000;

        public static ClockCost Measure()
        {
            var before = ProductClock.Seconds;
            var watch = Stopwatch.StartNew();
            for (var pair = 0; pair < Pairs; pair++)
            {
                ProductClock.End(ProductClock.Begin());
            }

            var whole = watch.Elapsed.TotalSeconds;
            return new ClockCost(whole / Pairs, (ProductClock.Seconds - before) / Pairs);
        }
    }
}
