using System.Diagnostics;
using Spectre.Console;

namespace MoeSharp.Training;

/// <summary>One line that moves in place: bar, time left and the last step's metrics; validations stay above it.</summary>
internal sealed class LiveProgress(IAnsiConsole console) : ProgressDisplay
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch _sinceDrawn = Stopwatch.StartNew();
    private ProgressContext? _context;
    private ProgressTask? _task;

    public override void Run(int steps, int taken, Action<ProgressDisplay> loop)
    {
        console.WriteLine(MetricsText.Header);
        console.Progress()
            .AutoRefresh(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 }, new RemainingTimeColumn())
            .Start(context =>
            {
                _context = context;
                _task = context.AddTask(Markup.Escape(MetricsText.Header), maxValue: steps);
                _task.Value = taken;
                loop(this);
                context.Refresh();
            });
    }

    public override void Step(StepMetrics metrics, bool logged)
    {
        _task!.Value = metrics.Step;
        if (!logged && _sinceDrawn.Elapsed < s_interval)
        {
            return;
        }

        _task.Description = Markup.Escape(MetricsText.Line(metrics));
        _context!.Refresh();
        _sinceDrawn.Restart();
    }

    public override void Validation(int step, double bitsPerByte) => console.WriteLine(MetricsText.Validation(step, bitsPerByte));
}
