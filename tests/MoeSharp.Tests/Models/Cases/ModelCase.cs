using MoeSharp.Modules;
using MoeSharp.Tests.Models.Declared;
using MoeSharp.Tests.Models.Reference;
using Xunit;

namespace MoeSharp.Tests.Models.Cases;

/// <summary>A declared model, beside what the reference must know of it.</summary>
internal sealed record ModelCase(Func<TransformerModule> Create, ModelSettings Settings)
{
    /// <summary>The models by their class's name.</summary>
    public static IReadOnlyDictionary<string, ModelCase> All { get; } = new Dictionary<string, ModelCase>
    {
        [nameof(DenseModel)] = new(() => new DenseModel(), new ModelSettings(13, 12, 2, 0, 3, 3, 4)),
        [nameof(SparseModel)] = new(() => new SparseModel(), new ModelSettings(17, 16, 3, 1, 4, 2, 4)
        {
            RopeTheta = 100,
            TieEmbeddings = true,
            Gate = LayerCase.All[nameof(SigmoidGroups)].Gate,
        }),
        [nameof(TwoMatrixModel)] = new(() => new TwoMatrixModel(), new ModelSettings(13, 12, 3, 1, 3, 3, 4)
        {
            Activation = ActivationKind.Gelu,
            Gate = new GateSettings(GateKind.Softmax, 6, 2) { Shared = 1, SharedGate = true, Activation = ActivationKind.Relu },
        }),
        [nameof(SoftmaxModel)] = new(() => new SoftmaxModel(), new ModelSettings(11, 10, 2, 0, 2, 1, 6)
        {
            Gate = new GateSettings(GateKind.Softmax, 4, 2) { Normalize = true, ExpertBalance = 0.05 },
        }),
    };

    /// <summary>Every model on both lowerings.</summary>
    public static TheoryData<string, Lowering> OnBoth => OnLowerings.Of(All.Keys);

    /// <summary>Every model.</summary>
    public static TheoryData<string> Names => [.. All.Keys];
}
