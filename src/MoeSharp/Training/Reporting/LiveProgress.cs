using System.Diagnostics;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MoeSharp.Training;

/// <summary>One line that moves in place: the last step's metrics, the part done and the time left. Validations stay above it, and what each layer's gate did in the log's steps.</summary>
internal sealed class LiveProgress(IAnsiConsole console) : ProgressDisplay
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    // The metrics, all of them, a percentage and the time left: a narrower terminal, of 80 columns as a rule, does without what the gates do beside MaxVio.
    private readonly bool _isWide = console.Profile.Width >= 104;
    private readonly Stopwatch _sinceDrawn = Stopwatch.StartNew();
    private readonly MetricsColumn _metrics = new();
    private ProgressContext? _context;
    private ProgressTask? _task;

    public override void Run(int steps, int taken, Action<ProgressDisplay> loop)
    {
        console.WriteLine(MetricsText.Header + (_isWide ? MetricsText.RoutingHeader : string.Empty));
        console.Progress()
            .AutoRefresh(false)
            .Columns(_metrics, new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                _context = context;
                _task = context.AddTask("training", maxValue: steps);
                _task.Value = taken;
                loop(this);
                context.Refresh();
            });
    }

    public override void Step(StepMetrics metrics, bool logged)
    {
        _task!.Value = metrics.Step;
        _metrics.Line = MetricsText.Line(metrics) + (_isWide ? MetricsText.RoutingLine(metrics) : string.Empty);
        if (logged)
        {
            // The step's line moves on: it stays above its layers, too.
            string[] layers = [.. LayerTable.LinesOf(metrics, console.Profile.Width - 1)];
            foreach (var line in layers.Length > 0 ? layers.Prepend(_metrics.Line) : layers)
            {
                console.WriteLine(line);
            }
        }

        if (logged || _sinceDrawn.Elapsed >= s_interval)
        {
            _context!.Refresh();
            _sinceDrawn.Restart();
        }
    }

    public override void Validation(int step, double bitsPerByte) => console.WriteLine(MetricsText.Validation(step, bitsPerByte));

    /// <summary>The metrics as they are: Spectre's own column for text would trim the spaces that hold them under their header.</summary>
    private sealed class MetricsColumn : ProgressColumn
    {
        public string Line { get; set; } = string.Empty;

        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(Line);
    }
}
