using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using MoeSharp.Generators.Gates;
using MoeSharp.Generators.Ir.Activations;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Spec.Balance;

namespace MoeSharp.Generators.Parsing;

/// <summary>
/// Attributes to <see cref="ModelSpec"/>, every default filled in. It judges nothing: whatever cannot be resolved is 0, and the Check pass says so.
/// The defaults repeat those of the attributes; a test holds the two together.
/// </summary>
internal static class ModelParser
{
    public static ModelSpec Parse(INamedTypeSymbol type, CancellationToken cancellation)
    {
        var words = new DeclaredWords(type, cancellation);
        TransformerSpec? transformer = Transformer(words);
        return new()
        {
            Type = TypeParser.Parse(type, cancellation),
            Transformer = transformer,
            Attention = Attention(words, transformer),
            FeedForward = FeedForward(words, transformer),
            Experts = words["Experts"] is { } experts ? ExpertsParser.Parse(experts, words["Gate"], DroppingDevices(words), transformer) : null,
            Gates = new([.. words.AllOrRecipe("Gate").Select(word => Gate(word, words["BalanceBias"] is not null))]),
            BalanceBias = words["BalanceBias"] is { } bias ? new(bias.Double("Rate", 0.001), (BiasUpdate)bias.Int32("Update"), bias.Int32("Until")) : null,
            BalanceLosses = new([.. BalanceTable.All.SelectMany(row => Losses(row, words))]),
            Capacity = words["Capacity"] is { } capacity ? new(capacity.Double("Factor", 0), (DropOrder)capacity.Int32("By")) : null,
            DeviceCapacity = words["DeviceCapacity"] is { } devices ? new(devices.Double("Factor", 1), DroppingDevices(words) ?? 0, devices.Double("Exempt", 0.1)) : null,
            Recompute = (RecomputeKind)(words["Recompute"]?.Int32("Kind") ?? 0),
            Train = Train(words, transformer),
            AdamW = AdamW(words),
            WarmupCosine = words["WarmupCosine"] is { } cosine ? new(cosine.Int32("WarmupSteps"), cosine.Double("Minimum", 0.1)) : null,
            ClipGradients = words["ClipGradients"] is { } clip ? new(clip.Double("MaxNorm", 1)) : null,
            Recipes = new([.. words.Recipes.Select(recipe => recipe.Word)]),
            Declared = new([.. words.Names]),
            HasCompilerErrors = words.HasErrors || type.BaseType?.TypeKind == TypeKind.Error,
        };
    }

    private static TransformerSpec? Transformer(DeclaredWords words)
    {
        if (words["Transformer"] is not { } word)
        {
            return null;
        }

        int layers = word.Int32("Layers");
        // Without experts there is no other kind of layer, whatever was written.
        int dense = words["Experts"] is null ? layers : word.Int32("DenseLayers");
        return new(word.Int32("Vocab"), word.Int32("Dim"), layers, dense, word.Int32("Context"), word.Boolean("TieEmbeddings"));
    }

    private static AttentionSpec? Attention(DeclaredWords words, TransformerSpec? transformer)
    {
        if (words["Attention"] is not { } word)
        {
            return null;
        }

        int heads = word.Int32("Heads");
        int kvHeads = word.Has("KvHeads") ? word.Int32("KvHeads") : heads;
        bool divides = transformer is not null && heads > 0 && transformer.Dim % heads == 0;
        int headDim = word.Has("HeadDim") ? word.Int32("HeadDim") : divides ? transformer!.Dim / heads : 0;
        return new(heads, kvHeads, headDim, word.Double("RopeTheta", 10000));
    }

    private static FeedForwardSpec? FeedForward(DeclaredWords words, TransformerSpec? transformer) => words["FeedForward"] switch
    {
        { } word => FeedForward(word, transformer),
        null when transformer is null => null,
        null => new(DefaultHidden(transformer.Dim, default)),
    };

    private static FeedForwardSpec FeedForward(Arguments word, TransformerSpec? transformer)
    {
        var activation = (ActivationKind)word.Int32("Activation");
        return new(word.Has("Hidden") ? word.Int32("Hidden") : DefaultHidden(transformer?.Dim ?? 0, activation)) { Activation = activation };
    }

    /// <summary>
    /// 4·Dim for two matrices; 8/3 of the width, rounded up to a multiple of 64, for three, which then cost what the two would (arXiv 2002.05202).
    /// </summary>
    private static int DefaultHidden(int dim, ActivationKind activation) => dim <= 0
        ? 0
        : (int)Math.Min(int.MaxValue, ActivationTable.Has(activation) && !ActivationTable.Of(activation).IsGated ? 4L * dim : (((8L * dim) + 191) / 192) * 64);

    private static GateSpec Gate(Arguments word, bool hasBias)
    {
        // An enum's value arrives as its number.
        var kind = (GateKind)word.Int32("Kind");
        Gate row = GateTable.Of(kind);
        int groups = word.Int32("Groups", 1);
        bool isSecondRandom = row.Knows("SecondExpert") && word.Int32("SecondExpert") == (int)SecondExpert.Random;
        return new(
            kind,
            groups,
            word.Has("TopGroups") ? word.Int32("TopGroups") : groups,
            word.Double("Scale", 1),
            row.Knows("Normalize") ? word.Boolean("Normalize", row.NormalizesByDefault || isSecondRandom) : row.NormalizesByDefault)
        {
            GroupScore = (GroupScore)word.Int32("GroupScore", (int)GateSpec.UsualGroupScore(hasBias)),
            Jitter = word.Double("Jitter", 0),
            Options = new([.. row.Own.Select(own => own with { Value = word.Number(own.Name, own.Value) }).Except(row.Own)]),
        };
    }

    /// <summary>The loss of a word, or none; weight 0 beside a recipe that sets it takes it out.</summary>
    private static IEnumerable<BalanceLossSpec> Losses(BalanceRow row, DeclaredWords words)
    {
        bool isOfRecipe = words.Recipes.Any(recipe => recipe.Settings.Any(setting => setting.Word == row.Word));
        return words.AllOrRecipe(row.Word).Take(1).Select(word => Loss(row, word)).Where(loss => loss.Weight != 0 || !isOfRecipe);
    }

    private static BalanceLossSpec Loss(BalanceRow row, Arguments word) =>
        new(row.Word, word.Double("Weight", row.Weight), [.. row.Options.Select(option => option with { Value = word.Number(option.Name, option.Value) })]);

    /// <summary>The devices that tokens are dropped by, or null; a recipe's are the groups where those are declared and are its devices.</summary>
    private static int? DroppingDevices(DeclaredWords words) => words["DeviceCapacity"] is not { } capacity || !capacity.Has("Devices")
        ? null
        : !capacity.IsWritten("Devices") && words.Recipes.Any(recipe => recipe.GroupsAreDevices)
            && words["Gate"] is { } gate && gate.IsWritten("Groups") && gate.Int32("Groups") > 1
        ? gate.Int32("Groups")
        : capacity.Int32("Devices");

    private static TrainSpec? Train(DeclaredWords words, TransformerSpec? transformer) => words["Train"] is not { } word
        ? null
        : new(
            word.Int32("Batch"),
            word.Int32("Steps"),
            word.Int32("Seed", 1),
            word.Has("Sequence") ? word.Int32("Sequence") : transformer?.Context ?? 0,
            word.Int32("MicroBatches", 1),
            word.Int32("LogEvery", 20),
            word.Int32("EvaluateEvery", 500),
            word.Int32("CheckpointEvery", 500),
            (Precision)word.Int32("Precision", 0));

    private static AdamWSpec? AdamW(DeclaredWords words) => words["AdamW"] switch
    {
        { } word => new(
            word.Double("LearningRate", 0.0003),
            word.Double("Beta1", 0.9),
            word.Double("Beta2", 0.95),
            word.Double("Epsilon", 1e-8),
            word.Double("WeightDecay", 0.1)),
        null when words["Train"] is not null => new(0.0003, 0.9, 0.95, 1e-8, 0.1),
        null => null,
    };
}
