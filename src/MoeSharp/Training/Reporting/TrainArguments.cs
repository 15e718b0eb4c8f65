using System.CommandLine;

namespace MoeSharp.Training;

/// <summary>The options of training.</summary>
internal sealed class TrainArguments
{
    private readonly Option<int?> _steps = new Option<int?>("--steps") { Description = "Optimiser steps of the whole run.", HelpName = "N" }.WholeNumber(1);
    private readonly Option<int?> _batch = new Option<int?>("--batch") { Description = "Sequences a step.", HelpName = "N" }.WholeNumber(1);
    private readonly Option<int?> _threads = new Option<int?>("--threads") { Description = "Worker threads; the results are the same at any number.", HelpName = "N" }.WholeNumber(1);
    private readonly Option<int?> _seed = new Option<int?>("--seed") { Description = "Seed of the weights, the order of the text and the samples.", HelpName = "N" }.WholeNumber();
    private readonly Option<string?> _out = new Option<string?>("--out") { Description = "The run's directory, new or empty. The default is runs/<model>-<number>.", HelpName = "DIR" }.NotEmpty();
    private readonly Option<string?> _data = new Option<string?>("--data") { Description = "A directory of text to train on in place of the default text.", HelpName = "DIR" }.NotEmpty();
    private readonly Option<string?> _resume = new Option<string?>("--resume") { Description = "The directory of a run to go on with.", HelpName = "DIR" }.NotEmpty();

    /// <summary>Adds the options to a command.</summary>
    public TrainArguments(Command command)
    {
        Option[] all = [_steps, _batch, _seed, _out, _data, _threads, _resume];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            Option[] fixedByRun = [_out, _seed, _batch];
            if (result.GetResult(_resume) is not null && Array.Find(fixedByRun, option => result.GetResult(option) is not null) is { } clash)
            {
                result.AddError($"A resumed run keeps its own: leave {clash.Name} out.");
            }
        });
    }

    /// <summary>What was asked for.</summary>
    public TrainerOptions Options(ParseResult parsed) => new()
    {
        Steps = parsed.GetValue(_steps),
        Batch = parsed.GetValue(_batch),
        Seed = parsed.GetValue(_seed),
        Out = parsed.GetValue(_out),
        Data = parsed.GetValue(_data),
        Resume = parsed.GetValue(_resume),
    };

    /// <summary>Worker threads; null leaves them as they are.</summary>
    public int? Threads(ParseResult parsed) => parsed.GetValue(_threads);
}
