using System.Collections.Generic;
using System.Linq;
using MoeSharp.Generators.Spec;
using static MoeSharp.Generators.Passes.Rules.Numbers;

namespace MoeSharp.Generators.Passes.Rules;

/// <summary>How a model is trained.</summary>
internal static class TrainingRules
{
    private static readonly string[] Optimisation = ["AdamW", "WarmupCosine", "ClipGradients"];

    public static readonly Rule[] All =
    [
        .. Required("Train", "Batch", "the sequences a step", m => m.Train?.Batch),
        .. Required("Train", "Steps", "the optimiser steps", m => m.Train?.Steps),
        Positive("Train", "Sequence", m => m.Train?.Sequence),
        Positive("Train", "MicroBatches", m => m.Train?.MicroBatches),
        Positive("Train", "LogEvery", m => m.Train?.LogEvery),
        NotNegative("Train", "EvaluateEvery", m => m.Train?.EvaluateEvery),
        NotNegative("Train", "CheckpointEvery", m => m.Train?.CheckpointEvery),
        NotNegative("WarmupCosine", "WarmupSteps", m => m.WarmupCosine?.WarmupSteps),

        .. Optimisation.Prepend("Train").Select(word => new Rule("MOE0501", word, "", m => m.IsLayer && m.Declares(word) ? [word, m.Type.Name] : null)),
        .. Optimisation.Select(word => new Rule("MOE0502", word, "", m => !m.IsLayer && m.Train is null && m.Declares(word) ? [word] : null)),
        PositiveNumber("AdamW", "LearningRate", m => m.AdamW?.LearningRate),
        PositiveNumber("AdamW", "Epsilon", m => m.AdamW?.Epsilon),
        PositiveNumber("ClipGradients", "MaxNorm", m => m.ClipGradients?.MaxNorm),
        new("MOE0504", "AdamW", "WeightDecay", m => m.AdamW is { } a && (a.WeightDecay < 0 || !IsFinite(a.WeightDecay)) ? [a.WeightDecay] : null),
        Moment("Beta1", m => m.AdamW?.Beta1),
        Moment("Beta2", m => m.AdamW?.Beta2),
        new("MOE0506", "Train", "MicroBatches", m => m.Train is { Batch: > 0, MicroBatches: > 0 } t && t.Batch % t.MicroBatches != 0
            ? [t.Batch, t.MicroBatches]
            : null),
        new("MOE0507", "Train", "Sequence", m => m is { Train.Sequence: var length, Transformer.Context: > 0 and var context } && length > context
            ? [length, context]
            : null),
        new("MOE0508", "WarmupCosine", "WarmupSteps", m => m is { WarmupCosine.WarmupSteps: var warmup, Train.Steps: > 0 and var steps } && warmup >= steps
            ? [warmup, steps]
            : null),
        new("MOE0509", "WarmupCosine", "Minimum", m => m.WarmupCosine is { } w && !(w.Minimum >= 0 && w.Minimum <= 1) ? [w.Minimum] : null),
        new("MOE0510", "AdamW", "LearningRate", m => m.AdamW is { LearningRate: >= 0.1 and var rate } && IsFinite(rate) ? [rate] : null),
        new("MOE0512", "Train", "Precision", m => m.Train is { } t && !Enum.IsDefined(typeof(Precision), t.Precision) ? [(int)t.Precision] : null),
        new("MOE0511", "Train", "Batch", m => m.Train is { Batch: > 0, Sequence: > 0 } t && (long)t.Batch * t.Sequence > int.MaxValue
            ? [t.Batch, t.Sequence, (long)t.Batch * t.Sequence]
            : null),
        new("MOE0513", "Recompute", "Kind", m => Enum.IsDefined(typeof(RecomputeKind), m.Recompute) ? null : [(int)m.Recompute]),
        new("MOE0514", "Recompute", "Kind", m => SavesNothing(m) ? [m.Recompute] : null),
    ];

    private static bool SavesNothing(ModelSpec m) =>
        m is { Recompute: RecomputeKind.Activations, Transformer: null, Experts.Shared: 0, Gate: { Jitter: 0, Kind: not GateKind.TwoLayer } };

    private static Rule PositiveNumber(string word, string argument, Func<ModelSpec, double?> value) =>
        new("MOE0503", word, argument, m => value(m) is { } given && !IsPositive(given) ? [argument, given] : null);

    private static Rule Moment(string argument, Func<ModelSpec, double?> value) =>
        new("MOE0505", "AdamW", argument, m => value(m) is { } given && !(given >= 0 && given < 1) ? [argument, given] : null);
}
