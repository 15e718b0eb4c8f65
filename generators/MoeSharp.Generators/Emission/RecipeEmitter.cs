using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Emission;

/// <summary>The declared training recipe.</summary>
internal static class RecipeEmitter
{
    public static void Emit(ModelSpec spec, SourceWriter to)
    {
        using (to.Block("Recipe = new global::MoeSharp.Training.TrainingRecipe", "},"))
        {
            if (spec.Train is { } train)
            {
                to.Line($"Batch = {train.Batch},");
                to.Line($"Steps = {train.Steps},");
                to.Line($"Seed = {train.Seed},");
                to.Line($"Sequence = {train.Sequence},");
                to.Line($"MicroBatches = {train.MicroBatches},");
                to.Line($"LogEvery = {train.LogEvery},");
                to.Line($"EvaluateEvery = {train.EvaluateEvery},");
                to.Line($"CheckpointEvery = {train.CheckpointEvery},");
                if (train.Precision == Precision.BFloat16)
                {
                    to.Line("Precision = global::MoeSharp.Precision.BFloat16,");
                }
            }

            if (spec.AdamW is { } adamW)
            {
                using (to.Block("AdamW = new global::MoeSharp.Training.AdamWSettings", "},"))
                {
                    to.Line($"LearningRate = {Literals.Number(adamW.LearningRate)},");
                    to.Line($"Beta1 = {Literals.Number(adamW.Beta1)},");
                    to.Line($"Beta2 = {Literals.Number(adamW.Beta2)},");
                    to.Line($"Epsilon = {Literals.Number(adamW.Epsilon)},");
                    to.Line($"WeightDecay = {Literals.Number(adamW.WeightDecay)},");
                }
            }

            if (spec.WarmupCosine is { } schedule)
            {
                to.Line($"Schedule = global::MoeSharp.Training.LearningRate.WarmupCosine({schedule.WarmupSteps}, {Literals.Number(schedule.Minimum)}),");
            }

            if (spec.ClipGradients is { } clip)
            {
                to.Line($"ClipNorm = {Literals.Number(clip.MaxNorm)},");
            }
        }
    }
}
