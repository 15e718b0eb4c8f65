using System.Diagnostics;
using MoeSharp.Data;
using MoeSharp.Modules;

namespace MoeSharp.Training;

/// <summary>A run in progress: what changes from step to step, and the operations that change it.</summary>
internal sealed class TrainingSession : IDisposable
{
    private readonly TransformerModule _model;
    private readonly Optimizer _optimizer;
    private readonly BatchSampler _sampler;
    private readonly Validation _validation;
    private readonly RunDirectory _run;
    private readonly int[] _windows;
    private readonly int _tokensPerStep;
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly Stopwatch _stepping = new();
    private TrainingState _state;
    private int _tokensSinceLog;
    private string? _checkpoint;

    /// <summary>Takes over what <see cref="TrainingStart"/> prepared.</summary>
    public TrainingSession(
        TransformerModule model,
        TrainingRecipe recipe,
        Optimizer optimizer,
        BatchSampler sampler,
        Validation validation,
        RunDirectory run,
        TrainingState state,
        int[] windows)
    {
        (_model, Recipe, _optimizer, _sampler, _validation, _run, _state, _windows) = (model, recipe, optimizer, sampler, validation, run, state, windows);
        _checkpoint = Checkpoint.Latest(run.Directory);
        _tokensPerStep = recipe.Batch * sampler.Context;
    }

    /// <summary>Has the memory of a step allocated.</summary>
    /// <returns>Room for a batch of windows.</returns>
    /// <exception cref="OutOfMemoryException">There is not enough.</exception>
    public static int[] Reserve(TransformerModule model, TrainingRecipe recipe)
    {
        var ids = (long)recipe.Batch * (recipe.Sequence + 1);
        if (ids > Array.MaxLength)
        {
            throw new InsufficientMemoryException($"A batch of {ids} tokens is more than a run can have.");
        }

        var windows = new int[ids];
        model.Reserve(recipe.Batch / recipe.MicroBatches, recipe.Sequence);
        return windows;
    }

    /// <summary>The recipe this run follows.</summary>
    public TrainingRecipe Recipe { get; }

    /// <summary>Steps taken.</summary>
    public int Step => _state.Step;

    /// <summary>The run's directory.</summary>
    public string Run => _run.Directory;

    /// <summary>One step of training.</summary>
    /// <param name="load">Gets the experts' tokens when the run is about to end.</param>
    /// <exception cref="TrainingException">The loss or the gradient is not finite; no weight has moved.</exception>
    public StepMetrics Advance(ExpertTotals load)
    {
        _stepping.Start();
        var step = _state.Step + 1;
        _sampler.Next(_windows.AsSpan());
        var (loss, balance) = Backward(step);
        var norm = _optimizer.GradientNorm();
        if (!double.IsFinite(norm))
        {
            throw NotFinite(step, $"the gradient's norm is {norm}", _optimizer.FirstNonFiniteGradient() ?? "the sum of the squares overflows");
        }

        var rate = Recipe.AdamW.LearningRate * Recipe.Schedule.Factor(step, Recipe.Steps);
        _optimizer.Step(rate, Optimizer.ClipScale(norm, Recipe.ClipNorm));

        var loads = _model.Loads;
        if (step > Recipe.Steps - Trainer.LoadSteps)
        {
            load.Add(loads);
        }

        _model.UpdateBalance();
        _stepping.Stop();

        _tokensSinceLog += _tokensPerStep;
        _state = _state with { Step = step, Tokens = _state.Tokens + _tokensPerStep };
        return new StepMetrics(
            step,
            loss,
            balance,
            rate,
            norm,
            _tokensSinceLog / _stepping.Elapsed.TotalSeconds,
            Environment.WorkingSet,
            loads,
            Seconds);
    }

    /// <summary>Writes a step's line of <c>metrics.jsonl</c>.</summary>
    public void Log(StepMetrics metrics)
    {
        _run.Log(line => MetricsLine.Write(line, metrics));
        _stepping.Reset();
        _tokensSinceLog = 0;
    }

    /// <summary>Evaluates on the validation text and writes a line of <c>metrics.jsonl</c>.</summary>
    /// <returns>Bits per byte.</returns>
    /// <exception cref="TrainingException">The result is not finite; the last checkpoint stays.</exception>
    public double Validate()
    {
        var nats = _validation.Run(_model);
        if (!double.IsFinite(nats))
        {
            throw NotFinite(Step, $"the validation loss is {nats}", "the weights after this step");
        }

        var bits = nats / Math.Log(2);
        if (_state.BestBitsPerByte is not { } best || bits < best)
        {
            _state = _state with { BestBitsPerByte = bits, BestStep = Step };
        }

        _run.Log(line => MetricsLine.WriteValidation(line, Step, nats, bits, Seconds));
        return bits;
    }

    /// <summary>Writes a checkpoint, unless this step has one.</summary>
    /// <returns>Its directory.</returns>
    public string Save() => _checkpoint is { } saved && saved.EndsWith($"-{Step}", StringComparison.Ordinal)
        ? saved
        : _checkpoint = Checkpoint.Save(Run, _model, _optimizer, _state with { Sampler = _sampler.State, GateCalls = _model.GateRandomState.Calls, Seconds = Seconds });

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _run.Dispose();
    }

    private double Seconds => _state.Seconds + _elapsed.Elapsed.TotalSeconds;

    // Gradient accumulation: each part is divided by the tokens of the whole batch, so that the sum is its mean.
    private (double Loss, double Balance) Backward(int step)
    {
        var sequences = Recipe.Batch / Recipe.MicroBatches;
        var length = sequences * (_sampler.Context + 1);
        var (loss, balance) = (0.0, 0.0);
        if (Recipe.MicroBatches > 1)
        {
            _model.CountStep(_windows, sequences, Recipe.MicroBatches);
        }

        for (var part = 0; part < Recipe.MicroBatches; part++)
        {
            var windows = _windows.AsSpan(part * length, length);
            var result = _model.Step(windows, sequences, 1.0 / _tokensPerStep, 1.0 / Recipe.MicroBatches);
            if (!double.IsFinite(result.LossSum + result.BalanceLoss))
            {
                throw NotFinite(step, $"the loss is {result.LossSum / result.Tokens}, the balance loss {result.BalanceLoss}", _model.LocateNonFinite(windows, sequences));
            }

            loss += result.LossSum / _tokensPerStep;
            balance += result.BalanceLoss / Recipe.MicroBatches;
        }

        return (loss, balance);
    }

    private TrainingException NotFinite(int step, FormattableString what, string where)
    {
        var last = Checkpoint.Latest(Run) is { } path ? $"the last checkpoint is {path}" : "there is no checkpoint yet";
        return new TrainingException(FormattableString.Invariant($"Step {step}: {what} (first in: {where}). The run stops here; {last}. Try a lower learning rate or a longer warm-up."));
    }
}
