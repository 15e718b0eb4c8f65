using System.CommandLine;

namespace MoeSharp.Training;

/// <summary>The arguments of <c>sample</c>.</summary>
internal sealed class SampleArguments
{
    private readonly Argument<string> _run = new("run") { Description = "The directory of a run." };
    private readonly Option<string> _prompt = new("--prompt") { Description = "The text to go on from.", HelpName = "TEXT", DefaultValueFactory = _ => "\n" };
    private readonly Option<int?> _length = new Option<int?>("--length") { Description = "Bytes to write. The default is 500.", HelpName = "N" }.AtLeast(1);
    private readonly Option<double> _temperature = new("--temperature") { Description = "0 takes the likeliest byte, 1 draws as the model says.", HelpName = "T", DefaultValueFactory = _ => 0.8 };
    private readonly Option<int> _seed = new("--seed") { Description = "Seed of the draws.", HelpName = "N", DefaultValueFactory = _ => 1 };

    /// <summary>Adds the arguments to a command.</summary>
    public SampleArguments(Command command)
    {
        command.Arguments.Add(_run);
        Option[] all = [_prompt, _length, _temperature, _seed];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }

        _prompt.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is null or "")
            {
                result.AddError("--prompt needs at least one character.");
            }
        });
        _temperature.Validators.Add(result =>
        {
            if (result.Errors.Any() is false && result.GetValueOrDefault<double>() is not (>= 0 and < double.PositiveInfinity))
            {
                result.AddError("--temperature is 0 or more.");
            }
        });
    }

    public string Run(ParseResult parsed) => parsed.GetRequiredValue(_run);

    public string Prompt(ParseResult parsed) => parsed.GetValue(_prompt)!;

    public int Length(ParseResult parsed) => parsed.GetValue(_length) ?? 500;

    public double Temperature(ParseResult parsed) => parsed.GetValue(_temperature);

    public int Seed(ParseResult parsed) => parsed.GetValue(_seed);
}
