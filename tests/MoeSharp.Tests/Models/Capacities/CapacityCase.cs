using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using Xunit;

namespace MoeSharp.Tests.Models.Capacities;

/// <summary>A layer with a capacity, written down a second time for the reference: nothing of it is read from generated code.</summary>
internal sealed record CapacityCase(Func<MoeLayer> Create, int Dim, int Experts, int Active, double Factor)
{
    public bool Sigmoid { get; init; }

    public bool Normalize { get; init; }

    public bool HasBias { get; init; }

    public bool Shared { get; init; }

    public double Scale { get; init; } = 1;

    /// <summary>Groups of the gate, of which the two of the best score stay.</summary>
    public int GateGroups { get; init; } = 1;

    public bool ByPosition { get; init; }

    /// <summary>Groups of experts with a budget each.</summary>
    public int Groups { get; init; } = Experts;

    public double Exempt { get; init; }

    public double ExpertBalance { get; init; }

    public ActivationKind Activation { get; init; }

    public static IReadOnlyDictionary<string, CapacityCase> All { get; } = new Dictionary<string, CapacityCase>
    {
        [nameof(DropsByScore)] = new(() => new DropsByScore(), 9, 6, 2, 0.8) { Normalize = true, Scale = 1.25, Shared = true, ExpertBalance = 0.05 },
        [nameof(DropsBySigmoid)] = new(() => new DropsBySigmoid(), 8, 6, 3, 1) { Sigmoid = true, Normalize = true, HasBias = true, Scale = 2.5 },
        [nameof(DropsByPosition)] = new(() => new DropsByPosition(), 8, 4, 2, 1) { Normalize = true, ByPosition = true },
        [nameof(SwitchLike)] = new(() => new SwitchLike(), 8, 4, 1, 1.25) { ByPosition = true },
        [nameof(DropsByDevice)] = new(() => new DropsByDevice(), 8, 8, 3, 0.75) { Shared = true, GateGroups = 4, Scale = 4, Groups = 4, Exempt = 0.4 },
        [nameof(DropsByTwoDevices)] = new(() => new DropsByTwoDevices(), 8, 8, 3, 0.9) { Groups = 2 },
        [nameof(DropsWithBiases)] = new(() => new DropsWithBiases(), 9, 6, 2, 0.8) { Normalize = true, Shared = true },
        [nameof(GeluDropsWithBiases)] = new(() => new GeluDropsWithBiases(), 8, 6, 2, 1) { Sigmoid = true, ByPosition = true, Activation = ActivationKind.Gelu },
        [nameof(ReluDropsWithBiases)] = new(() => new ReluDropsWithBiases(), 8, 8, 3, 0.9) { Groups = 2, Activation = ActivationKind.Relu },
    };

    /// <summary>Every layer on both lowerings.</summary>
    public static TheoryData<string, Lowering> OnBoth => OnLowerings.Of(All.Keys);
}
