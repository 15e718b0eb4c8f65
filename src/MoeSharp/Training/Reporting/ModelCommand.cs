using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using MoeSharp.Data;
using MoeSharp.Modules;
using MoeSharp.Runtime;

namespace MoeSharp.Training;

/// <summary>
/// A model's command line: without a command it trains, <c>sample</c> writes text. The exit code is 0 when all went well, 1 when something failed, 2 when
/// the command line is wrong and 130 when Ctrl+C ended a run early.
/// </summary>
public sealed class ModelCommand
{
    private const int Failed = 1;
    private const int WrongUsage = 2;
    private const int Interrupted = 130;

    private readonly TransformerModule _model;
    private readonly Func<TextCorpus> _corpus;
    private readonly TextWriter? _output;
    private readonly TextWriter _error;

    private ModelCommand(TransformerModule model, Func<TextCorpus> corpus, TextWriter? output, TextWriter error) =>
        (_model, _corpus, _output, _error) = (model, corpus, output, error);

    /// <summary>Runs a command line.</summary>
    /// <param name="args">The arguments of <c>Main</c>.</param>
    /// <param name="model">The model.</param>
    /// <param name="corpus">The text when <c>--data</c> names none; null is the .NET API documentation.</param>
    /// <returns>The exit code of the process.</returns>
    public static int Run(string[] args, TransformerModule model, Func<TextCorpus>? corpus = null) => Run(args, model, corpus, null, Console.Error);

    /// <summary>Runs a command line with a model that is made first: where libtorch is missing, that is one line of error and no stack trace.</summary>
    /// <typeparam name="TModel">The model's class.</typeparam>
    /// <param name="args">The arguments of <c>Main</c>.</param>
    /// <param name="corpus">The text when <c>--data</c> names none; null is the .NET API documentation.</param>
    /// <returns>The exit code of the process.</returns>
    public static int Run<TModel>(string[] args, Func<TextCorpus>? corpus = null)
        where TModel : TransformerModule, new() => Run(args, () => new TModel(), corpus, null, Console.Error);

    /// <summary>As the other, for tests.</summary>
    internal static int Run(string[] args, Func<TransformerModule> create, Func<TextCorpus>? corpus, TextWriter? output, TextWriter error)
    {
        TransformerModule model;
        try
        {
            model = create();
        }
        catch (Exception failure) when (MissingLibtorch.Explain(failure) is not null)
        {
            error.WriteLine(MissingLibtorch.Explain(failure));
            return Failed;
        }

        using (model)
        {
            return Run(args, model, corpus, output, error);
        }
    }

    /// <summary>As the other, for tests.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="model">The model.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="output">In place of the console.</param>
    /// <param name="error">In place of the console's error stream.</param>
    /// <param name="stop">In place of Ctrl+C.</param>
    internal static int Run(string[] args, TransformerModule model, Func<TextCorpus>? corpus, TextWriter? output, TextWriter error, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(model);
        return new ModelCommand(model, corpus ?? (() => TextCorpus.Load()), output, error).Invoke(args, stop);
    }

    private TextWriter Output => _output ?? Console.Out;

    private int Invoke(string[] args, CancellationToken stop)
    {
        var root = new RootCommand($"Trains {_model.Description.Name}, or writes text with it.");
        var train = new TrainArguments(root);
        root.SetAction(parsed => Train(train.Options(parsed), train.Threads(parsed), stop));

        var sample = new Command("sample", "Writes text with a trained model.");
        var sampling = new SampleArguments(sample);
        sample.SetAction(parsed => Sample(sampling.Run(parsed), sampling.Prompt(parsed), sampling.Length(parsed), sampling.Temperature(parsed), sampling.Seed(parsed)));
        root.Subcommands.Add(sample);

        // A prompt may begin with '@': it is no file of arguments.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            _error.WriteLine($"{parsed.Errors[0].Message} See --help.");
            return WrongUsage;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = Output, Error = _error });
        }
        catch (Exception failure) when (failure is TrainingException or IOException or UnauthorizedAccessException or NotFiniteNumberException)
        {
            _error.WriteLine(failure.Message);
            return Failed;
        }
        catch (Exception failure) when (failure is OutOfMemoryException || (failure is ExternalException && failure.Message.Contains("allocate memory", StringComparison.Ordinal)))
        {
            _error.WriteLine("There is not enough memory for this model and batch. Choose a smaller --batch, or more MicroBatches in the model's [Train].");
            return Failed;
        }
    }

    private int Train(TrainerOptions options, int? threads, CancellationToken stop)
    {
        if (threads is { } count)
        {
            Workers.Shared.Count = count;
        }

        // A resumed run reads the text it began with, from wherever it is resumed: the path is kept whole.
        var data = options.Data is { } given ? Path.GetFullPath(given) : options.Resume is { } run ? RunConfig.DataOf(run) : null;
        var corpus = data is null ? _corpus() : TextCorpus.Load(data);
        Output.WriteLine(_model.Description.Card.Headline);
        Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Workers.Shared.Count} {(Workers.Shared.Count == 1 ? "thread" : "threads")}; {ModelCard.Bytes(corpus.Training.Length)} of text to train on, {ModelCard.Bytes(corpus.Validation.Length)} to validate on"));

        TrainingResult result;
        using (var interrupt = new Interrupt(stop))
        {
            result = new Trainer(_model, corpus, options with { Data = data, Output = _output, Stop = interrupt.Token }).Run();
        }

        if (!result.Completed)
        {
            Output.WriteLine($"Stopped after step {result.Step}. The checkpoint is {result.Checkpoint}; go on with: {ThisProgram.Command} --resume {result.Run}");
            return Interrupted;
        }

        TrainingReport.Write(_model, corpus, result, _output);
        Output.WriteLine($"The checkpoint is {result.Checkpoint}. Write more: {ThisProgram.Command} sample {result.Run} --prompt \"Gets the\"");
        return 0;
    }

    private int Sample(string run, string prompt, int length, double temperature, int seed)
    {
        Checkpoint.LoadWeights(_model, run);
        Output.WriteLine((prompt + TrainingReport.Sample(_model, prompt, length, temperature, seed)).TrimStart('\n'));
        return 0;
    }

    /// <summary>Ctrl+C and SIGTERM as a token. The second one ends the process as ever.</summary>
    private sealed class Interrupt : IDisposable
    {
        private readonly CancellationTokenSource _source;
        private readonly PosixSignalRegistration[] _registrations;

        public Interrupt(CancellationToken stop)
        {
            _source = CancellationTokenSource.CreateLinkedTokenSource(stop);
            _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, Handle))];
        }

        public CancellationToken Token => _source.Token;

        public void Dispose()
        {
            foreach (var registration in _registrations)
            {
                registration.Dispose();
            }

            _source.Dispose();
        }

        private void Handle(PosixSignalContext context)
        {
            context.Cancel = !_source.IsCancellationRequested;
            _source.Cancel();
        }
    }
}
