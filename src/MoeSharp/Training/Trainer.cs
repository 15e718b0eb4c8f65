using MoeSharp.Data;
using MoeSharp.Modules;

namespace MoeSharp.Training;

/// <summary>
/// Trains a byte-level language model: batch, forward and backward, clipping, AdamW, the balance bias, the log; then the next. One seed gives one
/// run, bit for bit, and so does a run resumed from a checkpoint.
/// </summary>
public sealed class Trainer
{
    /// <summary>Steps at the end of a run whose expert load is added up for <see cref="TrainingResult.Load"/>.</summary>
    internal const int LoadSteps = 100;

    private readonly TransformerModule _model;
    private readonly TextCorpus _corpus;
    private readonly TrainerOptions _options;

    /// <summary>Makes a trainer.</summary>
    /// <param name="model">The model, on its device already.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="options">What is other than the model declares.</param>
    public Trainer(TransformerModule model, TextCorpus corpus, TrainerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(corpus);
        (_model, _corpus, _options) = (model, corpus, options ?? new TrainerOptions());
    }

    /// <summary>Trains until the last step, or until <see cref="TrainerOptions.Stop"/> is cancelled; either way the last step has a checkpoint.</summary>
    /// <exception cref="TrainingException">The recipe cannot work, or a loss or gradient is not finite: the last checkpoint stays as it is.</exception>
    /// <exception cref="CheckpointException">The run's directory cannot be used or written to, or does not fit the model.</exception>
    /// <exception cref="TextDataException">The text is too short, or another one than the resumed run's.</exception>
    public TrainingResult Run()
    {
        using var session = TrainingStart.Begin(_model, _corpus, _options);
        TrainingResult? result = null;
        ProgressDisplay.For(_options.Output).Run(session.Recipe.Steps, session.Step, display => result = Loop(session, display));
        return result!;
    }

    private TrainingResult Loop(TrainingSession session, ProgressDisplay display)
    {
        var recipe = session.Recipe;
        var load = new ExpertTotals();
        double? bits = null;
        while (session.Step < recipe.Steps && !_options.Stop.IsCancellationRequested)
        {
            var metrics = session.Advance(load);
            _options.Stepped?.Invoke(metrics);
            var logged = metrics.Step == 1 || recipe.Due(metrics.Step, recipe.LogEvery);
            display.Step(metrics, logged);
            if (logged)
            {
                session.Log(metrics);
            }

            if (recipe.Due(metrics.Step, recipe.EvaluateEvery))
            {
                bits = session.Validate();
                display.Validation(metrics.Step, bits.Value);
            }

            if (recipe.Due(metrics.Step, recipe.CheckpointEvery))
            {
                session.Save();
            }
        }

        var completed = session.Step == recipe.Steps;
        return new TrainingResult(session.Step, completed, recipe.Seed, session.Run, session.Save(), completed ? bits : null, load);
    }
}
