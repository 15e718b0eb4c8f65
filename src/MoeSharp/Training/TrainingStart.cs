using MoeSharp.Data;
using MoeSharp.Modules;

namespace MoeSharp.Training;

/// <summary>How a <see cref="TrainingSession"/> comes about. Whatever can be wrong with the input is found before anything is written.</summary>
internal static class TrainingStart
{
    /// <summary>Begins a run or goes on with one.</summary>
    public static TrainingSession Begin(TransformerModule model, TextCorpus corpus, TrainerOptions options)
    {
        var description = model.Description;
        if (description.Vocab != ByteTokenizer.Vocabulary)
        {
            throw new TrainingException($"{description.Name} has a vocabulary of {description.Vocab}; the trainer's tokens are bytes. Declare Vocab = {ByteTokenizer.Vocabulary}.");
        }

        return options.Resume is { } run ? Resume(model, corpus, options, run) : New(model, corpus, options);
    }

    private static TrainingSession New(TransformerModule model, TextCorpus corpus, TrainerOptions options)
    {
        var declared = model.Description.Recipe;
        var chosen = declared with { Steps = options.Steps ?? declared.Steps, Seed = options.Seed ?? declared.Seed, Batch = options.Batch ?? declared.Batch };
        var recipe = chosen.For(model.Description.Context);
        var sampler = new BatchSampler(corpus.Training, recipe.Sequence, recipe.Seed);
        var validation = new Validation(corpus.Validation, recipe.Sequence, recipe.Batch / recipe.MicroBatches);
        var optimizer = CreateOptimizer(model, recipe);
        try
        {
            // The directory is made last: a batch that memory has no room for leaves none behind.
            var windows = TrainingSession.Reserve(model, recipe);
            var run = RunDirectory.Create(
                options.Out ?? RunDirectory.FirstFree(model.Description.Name),
                path => WriteConfig(path, model, recipe, options.Data));
            model.Initialize(recipe.Seed);
            var state = new TrainingState { Step = 0, Steps = recipe.Steps, Seed = recipe.Seed, Tokens = 0, Seconds = 0, Sampler = sampler.State };
            return new TrainingSession(model, recipe, optimizer, sampler, validation, run, state, windows);
        }
        catch
        {
            optimizer.Dispose();
            throw;
        }
    }

    private static TrainingSession Resume(TransformerModule model, TextCorpus corpus, TrainerOptions options, string path)
    {
        if (options is not { Out: null, Seed: null, Batch: null })
        {
            throw new TrainingException($"{path} goes on with the directory, the seed and the batch it began with: leave Out, Seed and Batch out.");
        }

        var recipe = RunConfig.Resume(path, model.Description, options.Steps);
        var begun = Checkpoint.PeekState(path);
        if (begun.Step >= recipe.Steps)
        {
            throw new TrainingException($"{path} has all of its {begun.Step} steps already. Ask for more by --steps.");
        }

        var sampler = new BatchSampler(corpus.Training, begun.Sampler);
        var validation = new Validation(corpus.Validation, recipe.Sequence, recipe.Batch / recipe.MicroBatches);
        var optimizer = CreateOptimizer(model, recipe);
        try
        {
            var state = Checkpoint.Load(path, model, optimizer) with { Steps = recipe.Steps };
            model.GateRandomState = new(state.Seed, state.GateCalls);
            var windows = TrainingSession.Reserve(model, recipe);
            var run = RunDirectory.Open(path, state.Step);
            WriteConfig(path, model, recipe, options.Data ?? RunConfig.DataOf(path));
            return new TrainingSession(model, recipe, optimizer, sampler, validation, run, state, windows);
        }
        catch
        {
            optimizer.Dispose();
            throw;
        }
    }

    private static Optimizer CreateOptimizer(TransformerModule model, TrainingRecipe recipe)
    {
        model.Parameters.ZeroGradient();
        return new Optimizer(model, recipe.AdamW);
    }

    private static void WriteConfig(string path, TransformerModule model, TrainingRecipe recipe, string? data) =>
        RunConfig.Write(path, model.Description, model.Parameters.Weights.dtype.ToString().ToLowerInvariant(), recipe, data);
}
