namespace MoeSharp.Training;

/// <summary>The course of the learning rate over a run: a factor, step by step, on the highest rate.</summary>
/// <remarks>A new course is one more row of the table and one more static member.</remarks>
public sealed record LearningRate
{
    // Hugging Face's names (lr_scheduler_type), as config.json records them.
    private static readonly Dictionary<string, Func<LearningRate, int, int, double>> s_courses = new(StringComparer.Ordinal)
    {
        ["constant"] = static (_, _, _) => 1,
        ["cosine_with_min_lr"] = static (course, step, steps) => course.Cosine(step, steps),
    };

    private LearningRate(string kind, int warmupSteps, double minimum)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(warmupSteps);
        Kind = kind;
        WarmupSteps = warmupSteps;
        Minimum = minimum;
    }

    /// <summary>The highest rate in every step.</summary>
    public static LearningRate Constant { get; } = new("constant", 0, 1);

    /// <summary>Hugging Face's name of the course.</summary>
    public string Kind { get; }

    /// <summary>Steps of the warm-up.</summary>
    public int WarmupSteps { get; }

    /// <summary>The last learning rate as a share of the highest.</summary>
    public double Minimum { get; }

    /// <summary>Linear from 0 over the warm-up, then half a cosine down to <paramref name="minimum"/> at the last step.</summary>
    /// <param name="warmupSteps">Steps of the warm-up; the last of them has the highest rate.</param>
    /// <param name="minimum">The last learning rate as a share of the highest.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="warmupSteps"/> is negative.</exception>
    public static LearningRate WarmupCosine(int warmupSteps, double minimum = 0.1) => new("cosine_with_min_lr", warmupSteps, minimum);

    /// <summary>The factor of one step.</summary>
    /// <param name="step">The step, from 1.</param>
    /// <param name="steps">Steps of the whole run.</param>
    public double Factor(int step, int steps) => s_courses[Kind](this, step, steps);

    private double Cosine(int step, int steps)
    {
        if (step <= WarmupSteps)
        {
            return (double)step / WarmupSteps;
        }

        // A run that ends within its warm-up never comes here; past the planned end the rate stays at its minimum.
        var progress = step >= steps ? 1 : (double)(step - WarmupSteps) / (steps - WarmupSteps);
        return Minimum + ((1 - Minimum) * 0.5 * (1 + Math.Cos(Math.PI * progress)));
    }
}
