using System.Linq;
using MoeSharp.Generators.Gates;
using MoeSharp.Generators.Spec.Balance;

namespace MoeSharp.Generators.Spec;

/// <summary>
/// Everything a user declared on one class, every default filled in; the one input of the stages after parsing. What cannot be resolved
/// (a width nobody gave) is 0, and the Check pass says so.
/// </summary>
internal sealed record ModelSpec
{
    public required TypeSpec Type { get; init; }

    /// <summary>Null for a layer.</summary>
    public TransformerSpec? Transformer { get; init; }

    public AttentionSpec? Attention { get; init; }

    public FeedForwardSpec? FeedForward { get; init; }

    /// <summary>Null for a dense model.</summary>
    public ExpertsSpec? Experts { get; init; }

    /// <summary>The gates as declared: none means the default one, more than one is an error.</summary>
    public EquatableArray<GateSpec> Gates { get; init; } = EquatableArray<GateSpec>.Empty;

    public BalanceBiasSpec? BalanceBias { get; init; }

    public EquatableArray<BalanceLossSpec> BalanceLosses { get; init; } = EquatableArray<BalanceLossSpec>.Empty;

    /// <summary>Null where nothing is dropped for an expert's sake.</summary>
    public CapacitySpec? Capacity { get; init; }

    /// <summary>Null where nothing is dropped for a device's sake.</summary>
    public DeviceCapacitySpec? DeviceCapacity { get; init; }

    /// <summary>What backward computes again.</summary>
    public RecomputeKind Recompute { get; init; }

    public TrainSpec? Train { get; init; }

    public AdamWSpec? AdamW { get; init; }

    public WarmupCosineSpec? WarmupCosine { get; init; }

    public ClipGradientsSpec? ClipGradients { get; init; }

    /// <summary>The named schemes as declared: more than one is an error.</summary>
    public EquatableArray<string> Recipes { get; init; } = EquatableArray<string>.Empty;

    /// <summary>
    /// What stands in the source, sorted: every word (<c>Gate</c>) and every argument (<c>Gate.TopGroups</c>). It tells a value that was given
    /// from a default, which is the difference between two messages.
    /// </summary>
    public EquatableArray<string> Declared { get; init; } = EquatableArray<string>.Empty;

    /// <summary>Whether the compiler itself rejects one of the attributes. It says so; the Check pass then adds nothing.</summary>
    public bool HasCompilerErrors { get; init; }

    /// <summary>The gate that routes: the declared one, or a plain softmax gate.</summary>
    public GateSpec Gate => Gates.Count > 0 ? Gates[0] : GateSpec.Default;

    /// <summary>Width of the residual stream, or of a layer's input.</summary>
    public int Dim => Transformer?.Dim ?? Experts?.Dim ?? 0;

    public bool IsLayer => Transformer is null;

    /// <summary>Whether a word (<c>Gate</c>) or an argument (<c>Gate.TopGroups</c>) stands in the source.</summary>
    public bool Declares(string what) => Declared.Contains(what);
}

internal sealed record TransformerSpec(int Vocab, int Dim, int Layers, int DenseLayers, int Context, bool TieEmbeddings);

internal sealed record AttentionSpec(int Heads, int KvHeads, int HeadDim, double RopeTheta);

internal sealed record FeedForwardSpec(int Hidden)
{
    public ActivationKind Activation { get; init; }
}

/// <summary>The experts that are computed: segmentation is done.</summary>
internal sealed record ExpertsSpec(int Count, int Active, int Shared, int Hidden, int Dim)
{
    /// <summary>What each declared expert was split into: m of it, and the width before.</summary>
    public int Segments { get; init; } = 1;

    /// <summary>The declared hidden width; where it does not divide into segments, nothing was split.</summary>
    public int Whole { get; init; }

    public ActivationKind Activation { get; init; }

    public bool Bias { get; init; }

    public bool SharedGate { get; init; }

    public bool IsSegmented => Segments > 1 && Hidden < Whole;

    /// <summary>Devices the experts lie on in contiguous groups; 1 is no such groups.</summary>
    public int Devices { get; init; } = 1;
}

internal sealed record GateSpec(GateKind Kind, int Groups, int TopGroups, double Scale, bool Normalize)
{
    public static readonly GateSpec Default = new(GateKind.Softmax, 1, 1, 1, false);

    /// <summary>What a group is chosen by.</summary>
    public GroupScore GroupScore { get; init; }

    /// <summary>What a group is chosen by where nobody says: DeepSeek's code takes the two best where there is a balance bias, the best where there is none.</summary>
    public static GroupScore UsualGroupScore(bool hasBias) => hasBias ? GroupScore.SumOfTwoBest : GroupScore.Maximum;

    /// <summary>ε of the gate's input in training; 0 for none.</summary>
    public double Jitter { get; init; }

    /// <summary>The options of the kind's own that are not at their defaults.</summary>
    public EquatableArray<NamedNumber> Options { get; init; } = EquatableArray<NamedNumber>.Empty;

    /// <summary>An option of the kind's own; its default where it is not given, and 0 where the kind has none of that name.</summary>
    public double this[string option] =>
        (Options.FirstOrDefault(given => given.Name == option) ?? GateTable.Of(Kind).Own.FirstOrDefault(own => own.Name == option))?.Value ?? 0;

    /// <summary>Whether some experts are out of reach for a token before the top-K.</summary>
    public bool IsGroupLimited => Groups > 1 && TopGroups < Groups;
}

internal sealed record BalanceBiasSpec(double Rate, BiasUpdate Update = BiasUpdate.Sign, int Until = 0);

internal sealed record TrainSpec(int Batch, int Steps, int Seed, int Sequence, int MicroBatches, int LogEvery, int EvaluateEvery, int CheckpointEvery, Precision Precision);

internal sealed record AdamWSpec(double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay);

internal sealed record WarmupCosineSpec(int WarmupSteps, double Minimum);

internal sealed record ClipGradientsSpec(double MaxNorm);
