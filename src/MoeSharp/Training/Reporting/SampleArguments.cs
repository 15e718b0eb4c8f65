using System.CommandLine;

namespace MoeSharp.Training;

/// <summary>The arguments of <c>sample</c>.</summary>
internal sealed class SampleArguments
{
    private readonly Argument<string> _run = new("run") { Description = "The directory of a run." };
    private readonly Option<string?> _prompt = new Option<string?>("--prompt") { Description = "The text to go on from. The default is a new line.", HelpName = "TEXT" }.NotEmpty();
    private readonly Option<int?> _length = new Option<int?>("--length") { Description = "Bytes to write. The default is 500.", HelpName = "N" }.WholeNumber(1);
    private readonly Option<double?> _temperature = new Option<double?>("--temperature") { Description = "0 takes the likeliest byte, 1 draws as the model says. The default is 0.8.", HelpName = "T" }.NotNegative();
    private readonly Option<int?> _seed = new Option<int?>("--seed") { Description = "Seed of the draws. The default is 1.", HelpName = "N" }.WholeNumber();

    /// <summary>Adds the arguments to a command.</summary>
    public SampleArguments(Command command)
    {
        command.Arguments.Add(_run);
        Option[] all = [_prompt, _length, _temperature, _seed];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }

        _run.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
            {
                result.AddError("sample needs the directory of a run, and was given nothing.");
            }
        });
    }

    public string Run(ParseResult parsed) => parsed.GetRequiredValue(_run);

    public string Prompt(ParseResult parsed) => parsed.GetValue(_prompt) ?? "\n";

    public int Length(ParseResult parsed) => parsed.GetValue(_length) ?? 500;

    public double Temperature(ParseResult parsed) => parsed.GetValue(_temperature) ?? 0.8;

    public int Seed(ParseResult parsed) => parsed.GetValue(_seed) ?? 1;
}
