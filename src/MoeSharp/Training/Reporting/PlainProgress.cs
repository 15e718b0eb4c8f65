namespace MoeSharp.Training;

/// <summary>One line for each of the log's steps and each validation; below a step's what each layer's gate did.</summary>
internal sealed class PlainProgress(TextWriter output) : ProgressDisplay
{
    public override void Run(int steps, int taken, Action<ProgressDisplay> loop)
    {
        Write(MetricsText.Header + MetricsText.RoutingHeader);
        loop(this);
    }

    public override void Step(StepMetrics metrics, bool logged)
    {
        if (logged)
        {
            Write(string.Join(Environment.NewLine, [MetricsText.Line(metrics) + MetricsText.RoutingLine(metrics), .. LayerTable.LinesOf(metrics)]));
        }
    }

    public override void Validation(int step, double bitsPerByte) => Write(MetricsText.Validation(step, bitsPerByte));

    // Whoever reads through a pipe wants the line now.
    private void Write(string line)
    {
        output.WriteLine(line);
        output.Flush();
    }
}
