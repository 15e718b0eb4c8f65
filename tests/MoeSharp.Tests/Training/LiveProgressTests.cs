using MoeSharp.Modules;
using MoeSharp.Training;
using Spectre.Console;
using Xunit;

namespace MoeSharp.Tests.Training;

public class LiveProgressTests
{
    [Fact]
    public void The_line_fits_a_terminal_of_80_columns()
    {
        var text = Written(width: 80);
        Assert.Contains(MetricsText.Header, text, StringComparison.Ordinal);
        Assert.DoesNotContain(MetricsText.RoutingHeader, text, StringComparison.Ordinal);
        Assert.Contains("1499 validation 1.5000 bits per byte", text, StringComparison.Ordinal);
        Assert.Contains("  1500   1.0312  3.00e-4     0.512    12345   1.4 GB    0.72", text, StringComparison.Ordinal);
        Assert.Contains("75%", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wide_terminal_shows_what_the_gates_do()
    {
        var text = Written(width: 104);
        Assert.Contains(MetricsText.Header + MetricsText.RoutingHeader, text, StringComparison.Ordinal);
        Assert.Contains("    0.72     0   5.00%  1.00e-4", text, StringComparison.Ordinal);
        Assert.Contains("75%", text, StringComparison.Ordinal);
    }

    /// <summary>Above the line that moves, under the step's own line, which moves on. In 80 columns the second loss has a line of its own.</summary>
    [Fact]
    public void A_step_of_the_log_leaves_its_layers_above_the_line()
    {
        const string Figures = "  1       0.720  14.00 %     0    0.500       10            1.25";
        var narrow = Written(width: 80).ReplaceLineEndings("\n");
        Assert.Contains("  layer  MaxVio    least  dead  entropy  dropped  expert_balance\n" + Figures + "\n  layer  communication_balance\n  1                        1.5\n", narrow, StringComparison.Ordinal);
        Assert.Contains("  layer  MaxVio    least  dead  entropy  dropped  expert_balance  communication_balance\n" + Figures + "                    1.5\n", Written(width: 104).ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.True(narrow.IndexOf("   0.72", StringComparison.Ordinal) < narrow.IndexOf(Figures, StringComparison.Ordinal), "the step's line comes before its layers");
    }

    [Fact]
    public void A_step_between_leaves_nothing() => Assert.DoesNotContain("MaxVio", Written(width: 104, logged: false), StringComparison.Ordinal);

    private static string Written(int width, bool logged = true)
    {
        using var written = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(written),
        });
        console.Profile.Width = width;
        var metrics = new StepMetrics(1500, 1.0312, 0.0001, 3e-4, 0.512, 12345, 1_400_000_000, [new ExpertLoad(1, [172, 28]) { Dropped = 10, Entropy = 0.5, Losses = [new("expert_balance", 1.25), new("communication_balance", 1.5)] }], 100);
        new LiveProgress(console).Run(2000, 1000, display =>
        {
            display.Validation(1499, 1.5);
            display.Step(metrics, logged);
        });

        return written.ToString();
    }
}
