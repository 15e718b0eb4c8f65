using System.Runtime.InteropServices;
using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Training;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Training;

/// <summary>
/// A bigram model whose gradient fits on a page: enough of a model for the trainer. Its "experts" are the four residues of a byte, its balance bias follows their counts.
/// </summary>
internal sealed class TinyModel(TrainingRecipe? recipe = null, int dim = 1) : TransformerModule(Describe(recipe, dim), Layout(), s_gates)
{
    public const int Vocabulary = 256;
    public const int Experts = 4;

    /// <summary>There is no memory for more.</summary>
    public const int LargestBatch = 1000;

    private static readonly GateInfo s_gates = new(Layers: 1, FirstLayer: 1, Experts, Active: 1, BiasRate: 0.001);

    /// <summary>The micro-batch before which the weights are broken.</summary>
    public int? BreakAt { get; init; }

    public float[] Weights => [.. Memory(Parameters.Weights)];

    public float[] Balance => [.. Memory(Bias![0])];

    public static Span<float> Memory(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    protected override TransformerProgram KernelsFloat() => new TinyProgram(this);

    protected override TransformerProgram KernelsDouble() => throw new NotSupportedException();

    protected override TransformerProgram KernelsBFloat16() => throw new NotSupportedException();

    protected override TransformerProgram KernelsMixed() => throw new NotSupportedException();

    protected override TransformerProgram TorchOperations() => throw new NotSupportedException();

    private static ParameterLayout Layout()
    {
        var layout = new ParameterLayout();
        layout.Packed("table", Vocabulary, ("table.low", Vocabulary / 2), ("table.high", Vocabulary / 2));
        layout.Norm("norm", Vocabulary);
        layout.BalanceBiases.Add("e_score_correction_bias");
        return layout;
    }

    private static ModelDescription Describe(TrainingRecipe? recipe, int dim) => new()
    {
        Name = "Tiny",
        Vocab = Vocabulary,
        Dim = dim,
        Layers = 2,
        Context = 8,
        Card = new ModelCard
        {
            Name = "Tiny",
            Parameters = 1,
            ActiveParameters = 1,
            FlopsPerToken = 1,
            WeightBytes = 1,
            GradientBytes = 1,
            OptimizerBytes = 1,
            ActivationBytes = 1,
        },
        Config = [new("model_type", "tiny"), new("hidden_size", dim), new("rope_theta", 10000.0)],
        Recipe = recipe ?? new TrainingRecipe { Batch = 4, Steps = 12, LogEvery = 1, EvaluateEvery = 0, CheckpointEvery = 0, ClipNorm = 0.5 },
    };
}
