using Spectre.Console;

namespace MoeSharp.Training;

/// <summary>Where a run shows how it goes.</summary>
internal abstract class ProgressDisplay
{
    /// <summary>A live line when the console is a terminal, plain lines otherwise.</summary>
    /// <param name="output">Where to; null is the console.</param>
    public static ProgressDisplay For(TextWriter? output) => output is null && IsTerminal ? new LiveProgress(AnsiConsole.Console) : new PlainProgress(output ?? Console.Out);

    /// <summary>Whether the console's output is a terminal.</summary>
    public static bool IsTerminal => !Console.IsOutputRedirected && AnsiConsole.Profile.Out.IsTerminal;

    /// <summary>Runs the training loop and shows its progress.</summary>
    /// <param name="steps">Steps of the whole run.</param>
    /// <param name="taken">Steps taken before.</param>
    /// <param name="loop">The loop.</param>
    public abstract void Run(int steps, int taken, Action<ProgressDisplay> loop);

    /// <summary>A step is done.</summary>
    /// <param name="metrics">What it showed.</param>
    /// <param name="logged">Whether it is one of the log's.</param>
    public abstract void Step(StepMetrics metrics, bool logged);

    /// <summary>A validation is done.</summary>
    /// <param name="step">After this step.</param>
    /// <param name="bitsPerByte">Its result.</param>
    public abstract void Validation(int step, double bitsPerByte);
}
