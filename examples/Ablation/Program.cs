using System.CommandLine;
using Ablation;
using MoeSharp.Data;
using MoeSharp.Training;

// Trains five models on the .NET API documentation of this machine's SDK, with several seeds each, and compares them.
var seeds = new Option<int>("--seeds") { Description = "Runs of each model.", DefaultValueFactory = _ => 3 };
var steps = new Option<int>("--steps") { Description = "Steps of each run.", DefaultValueFactory = _ => 1000 };
foreach (var option in new[] { seeds, steps })
{
    option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && !(int.TryParse(token.Value, out var number) && number > 0))
        {
            result.AddError($"{option.Name} takes a whole number from 1 on, not '{token.Value}'.");
        }
    });
}

var root = new RootCommand("Compares dense, Switch, GShard and DeepSeekMoE at equal parameters, within 1 %.") { seeds, steps };
root.SetAction(parsed => Compare(parsed.GetValue(seeds), parsed.GetValue(steps)));
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine($"{parsed.Errors[0].Message} See --help.");
    return 2;
}

return parsed.Invoke();

static int Compare(int seeds, int steps)
{
    using var stop = new CancellationTokenSource();
    Console.CancelKeyPress += (_, pressed) =>
    {
        pressed.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
    };
    var directory = Directory.CreateTempSubdirectory("ablation-");
    try
    {
        var corpus = TextCorpus.Load();
        var outcomes = Contender.All.Select(each => new Outcome(each, new List<double>(), new List<double>())).ToList();
        for (var seed = 1; seed <= seeds; seed++)
        {
            foreach (var outcome in outcomes)
            {
                using var model = outcome.Contender.Create();
                var run = Path.Combine(directory.FullName, $"{model.Description.Name}-{seed}");
                var result = new Trainer(model, corpus, new TrainerOptions { Steps = steps, Seed = seed, Out = run, Output = TextWriter.Null, Stop = stop.Token }).Run();
                if (!result.Completed)
                {
                    Console.Error.WriteLine("Stopped; nothing is kept.");
                    return 130;
                }

                ((List<double>)outcome.Bits).Add(result.BitsPerByte!.Value);
                if (result.Load.Layers.Any())
                {
                    ((List<double>)outcome.MaxVio).Add(result.Load.Layers.Max(layer => (layer.Counts.Max() * layer.Counts.Count / (double)layer.Counts.Sum()) - 1));
                }

                Console.WriteLine(FormattableString.Invariant($"{outcome.Contender.Name}, seed {seed}: {result.BitsPerByte:0.0000} bits per byte"));
            }
        }

        Console.WriteLine();
        foreach (var line in Comparison.Table(outcomes).Append(string.Empty).Concat(Comparison.Pairs(outcomes)))
        {
            Console.WriteLine(line);
        }

        return 0;
    }
    catch (Exception failure) when (failure is TrainingException or IOException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine(failure.Message);
        return 1;
    }
    finally
    {
        directory.Delete(recursive: true);
    }
}
