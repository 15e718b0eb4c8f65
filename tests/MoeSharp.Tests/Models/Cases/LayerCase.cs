using MoeSharp.Modules;
using MoeSharp.Tests.Models.Declared;
using MoeSharp.Tests.Models.Reference;
using Xunit;

namespace MoeSharp.Tests.Models.Cases;

/// <summary>A declared layer, beside what the reference must know of it.</summary>
internal sealed record LayerCase(Func<MoeLayer> Create, int Dim, GateSettings Gate)
{
    /// <summary>The layers by their class's name.</summary>
    public static IReadOnlyDictionary<string, LayerCase> All { get; } = new Dictionary<string, LayerCase>
    {
        [nameof(SigmoidGroups)] = new(() => new SigmoidGroups(), 10, new GateSettings(GateKind.Sigmoid, 8, 3)
        {
            Shared = 1,
            Groups = 4,
            TopGroups = 2,
            Scale = 2.5,
            Normalize = true,
            HasBias = true,
            BestOfGroup = 2,
            SequenceBalance = 0.05,
        }),
        [nameof(SigmoidRaw)] = new(() => new SigmoidRaw(), 8, new GateSettings(GateKind.Sigmoid, 6, 2) { Shared = 2, Scale = 1.5, ExpertBalance = 0.05 }),
        [nameof(SoftmaxRaw)] = new(() => new SoftmaxRaw(), 8, new GateSettings(GateKind.Softmax, 5, 2)),
        [nameof(SoftmaxNormalized)] = new(() => new SoftmaxNormalized(), 9, new GateSettings(GateKind.Softmax, 6, 2)
        {
            Shared = 1,
            Scale = 1.25,
            Normalize = true,
            ExpertBalance = 0.05,
            SequenceBalance = 0.02,
        }),
        [nameof(SoftmaxGroups)] = new(() => new SoftmaxGroups(), 8, new GateSettings(GateKind.Softmax, 8, 3)
        {
            Shared = 1,
            Groups = 4,
            TopGroups = 2,
            Scale = 4,
            ExpertBalance = 0.05,
        }),
        [nameof(SoftmaxBiasedGroups)] = new(() => new SoftmaxBiasedGroups(), 8, new GateSettings(GateKind.Softmax, 6, 2)
        {
            Groups = 3,
            TopGroups = 2,
            Normalize = true,
            HasBias = true,
            BestOfGroup = 2,
            SequenceBalance = 0.05,
        }),
        [nameof(SigmoidUnbiasedGroups)] = new(() => new SigmoidUnbiasedGroups(), 8, new GateSettings(GateKind.Sigmoid, 6, 2)
        {
            Groups = 6,
            TopGroups = 3,
            Normalize = true,
        }),
        [nameof(TopOne)] = new(() => new TopOne(), 8, new GateSettings(GateKind.Softmax, 4, 1) { ExpertBalance = 0.05 }),
        [nameof(AllActive)] = new(() => new AllActive(), 8, new GateSettings(GateKind.Sigmoid, 4, 4)
        {
            Shared = 1,
            Normalize = true,
            HasBias = true,
        }),
        [nameof(SwiGluBias)] = new(() => new SwiGluBias(), 9, new GateSettings(GateKind.Sigmoid, 6, 2) { Shared = 1, Normalize = true }),
        [nameof(SwiGluBiasGated)] = new(() => new SwiGluBiasGated(), 19, new GateSettings(GateKind.Softmax, 4, 2) { Shared = 2, SharedGate = true }),
        [nameof(SwiGluGated)] = new(() => new SwiGluGated(), 8, new GateSettings(GateKind.Softmax, 6, 2) { Shared = 1, SharedGate = true, Normalize = true }),
        [nameof(GeluExperts)] = new(() => new GeluExperts(), 8, new GateSettings(GateKind.Softmax, 6, 2) { Shared = 1, Activation = ActivationKind.Gelu }),
        [nameof(GeluBias)] = new(() => new GeluBias(), 9, new GateSettings(GateKind.Sigmoid, 6, 2) { Shared = 1, Activation = ActivationKind.Gelu, Normalize = true }),
        [nameof(GeluGated)] = new(() => new GeluGated(), 8, new GateSettings(GateKind.Softmax, 6, 2)
        {
            Shared = 1,
            SharedGate = true,
            Activation = ActivationKind.Gelu,
        }),
        [nameof(GeluBiasGated)] = new(() => new GeluBiasGated(), 10, new GateSettings(GateKind.Softmax, 4, 2)
        {
            Shared = 2,
            SharedGate = true,
            Activation = ActivationKind.Gelu,
            Normalize = true,
            Scale = 1.5,
            ExpertBalance = 0.05,
        }),
        [nameof(ReluExperts)] = new(() => new ReluExperts(), 8, new GateSettings(GateKind.Softmax, 6, 2) { Activation = ActivationKind.Relu }),
        [nameof(ReluBias)] = new(() => new ReluBias(), 9, new GateSettings(GateKind.Softmax, 4, 1) { Activation = ActivationKind.Relu }),
        [nameof(ReluGated)] = new(() => new ReluGated(), 8, new GateSettings(GateKind.Softmax, 6, 2)
        {
            Shared = 1,
            SharedGate = true,
            Activation = ActivationKind.Relu,
        }),
        [nameof(ReluBiasGated)] = new(() => new ReluBiasGated(), 10, new GateSettings(GateKind.Sigmoid, 8, 4)
        {
            Shared = 1,
            SharedGate = true,
            Activation = ActivationKind.Relu,
            Normalize = true,
        }),
        [nameof(OneExpert)] = new(() => new OneExpert(), 8, new GateSettings(GateKind.Sigmoid, 1, 1)),
        [nameof(Noisy)] = new(() => new Noisy(), 8, new GateSettings(GateKind.NoisyTopK, 6, 2) { Shared = 1, Normalize = true, Scale = 1.5, ExpertBalance = 0.05 }),
        [nameof(NoisyGroups)] = new(() => new NoisyGroups(), 8, new GateSettings(GateKind.NoisyTopK, 8, 2)
        {
            Groups = 4,
            TopGroups = 2,
            BestOfGroup = 2,
            Jitter = 0.1,
            Normalize = true,
            HasBias = true,
            SequenceBalance = 0.05,
        }),
        [nameof(TwoLayers)] = new(() => new TwoLayers(), 8, new GateSettings(GateKind.TwoLayer, 6, 2) { Shared = 1, ExpertBalance = 0.05 }),
        [nameof(TwoNoisyLayers)] = new(() => new TwoNoisyLayers(), 8, new GateSettings(GateKind.TwoLayer, 6, 3)
        {
            Normalize = true,
            LearnedNoise = true,
            Jitter = 0.2,
            SequenceBalance = 0.05,
        }),
        [nameof(SubMaximum)] = new(() => new SubMaximum(), 8, new GateSettings(GateKind.SubExpert, 5, 2) { Shared = 1, SubScores = 3, Scale = 2, ExpertBalance = 0.05 }),
        [nameof(SubMaximumOfAll)] = new(() => new SubMaximumOfAll(), 8, new GateSettings(GateKind.SubExpert, 3, 2)
        {
            SubScores = 2,
            OverAllSubScores = true,
            Normalize = true,
            SequenceBalance = 0.05,
        }),
        [nameof(SubMean)] = new(() => new SubMean(), 8, new GateSettings(GateKind.SubExpert, 6, 2)
        {
            SubScores = 4,
            OverAllSubScores = true,
            MeanOfSubScores = true,
            Groups = 3,
            TopGroups = 2,
            BestOfGroup = 2,
            HasBias = true,
        }),
        [nameof(Choice)] = new(() => new Choice(), 8, new GateSettings(GateKind.ExpertChoice, 4, 2) { Shared = 1, Capacity = 1.5, Scale = 2 }),
        [nameof(JitteredChoice)] = new(() => new JitteredChoice(), 8, new GateSettings(GateKind.ExpertChoice, 5, 2) { Capacity = 2, Jitter = 0.3 }),
        [nameof(BiasedChoice)] = new(() => new BiasedChoice(), 9, new GateSettings(GateKind.ExpertChoice, 4, 2) { Shared = 1, Capacity = 1.5, Scale = 2 }),
        [nameof(GeluBiasedChoice)] = new(() => new GeluBiasedChoice(), 8, new GateSettings(GateKind.ExpertChoice, 5, 2) { Capacity = 2, Activation = ActivationKind.Gelu }),
        [nameof(SwitchGate)] = new(() => new SwitchGate(), 8, new GateSettings(GateKind.Softmax, 4, 1) { Jitter = 0.1, ExpertBalance = 0.05 }),
        [nameof(ChanceSecond)] = new(() => new ChanceSecond(), 8, new GateSettings(GateKind.Softmax, 5, 2)
        {
            Shared = 1,
            Normalize = true,
            SecondByChance = true,
            Scale = 1.25,
            ExpertBalance = 0.05,
        }),
        [nameof(TwoBestOfAGroup)] = new(() => new TwoBestOfAGroup(), 8, new GateSettings(GateKind.Softmax, 8, 3) { Groups = 4, TopGroups = 2, BestOfGroup = 2 }),
        [nameof(BestOfABiasedGroup)] = new(() => new BestOfABiasedGroup(), 8, new GateSettings(GateKind.Sigmoid, 8, 3)
        {
            Groups = 4,
            TopGroups = 2,
            Jitter = 0.05,
            Normalize = true,
            HasBias = true,
        }),
    };

    /// <summary>Every layer on both lowerings.</summary>
    public static TheoryData<string, Lowering> OnBoth => OnLowerings.Of(All.Keys);

    /// <summary>The layers whose scores are equal where their router is zero, on both lowerings.</summary>
    public static TheoryData<string, Lowering> TyingOnBoth => OnLowerings.Of(All.Keys.Where(name => All[name].Gate.CanTie));

    /// <summary>Every layer.</summary>
    public static TheoryData<string> Names => [.. All.Keys];
}
