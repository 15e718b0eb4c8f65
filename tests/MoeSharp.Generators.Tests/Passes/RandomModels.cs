using MoeSharp.Generators.Gates;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Spec.Balance;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Passes;

/// <summary>Declared models with random sizes, odd ones too, the same for the same seed.</summary>
internal static class RandomModels
{
    private static readonly ModelSpec Model = Declared.Spec("""
        [Transformer(Vocab = 256, Dim = 64, Layers = 3, Context = 128), Attention(Heads = 4), Experts(8, Active = 2, Hidden = 32)]
        public partial class Model;
        """);

    public static ModelSpec Of(int seed)
    {
        var random = new Random(seed);
        int Size(int most) => random.Next(1, most + 1);
        bool Coin() => random.Next(2) == 0;

        int dim = Size(100);
        var experts = new ExpertsSpec(Count: 4 * Size(4), Active: Size(4), Shared: random.Next(3), Hidden: Size(100), dim)
        {
            Activation = (ActivationKind)random.Next(3),
            Bias = Coin(),
            SharedGate = Coin(),
        };
        Gate row = GateTable.All[random.Next(GateTable.All.Length)];
        var gate = new GateSpec(row.Kind, Groups: 4, TopGroups: Coin() ? 2 : 4, Scale: Size(4), Normalize: row.Knows("Normalize") ? Coin() : row.NormalizesByDefault)
        {
            Jitter = Coin() ? 0.1 : 0,
            Options = new([.. Coin() && row.Kind == GateKind.TwoLayer ? [new NamedNumber("LearnedNoise", 1)] : Array.Empty<NamedNumber>()]),
        };
        ModelSpec spec = Model with
        {
            Experts = Coin() || Coin() ? experts : null,
            Gates = new([gate]),
            Capacity = Coin() ? new(1.25, Coin() ? DropOrder.Score : DropOrder.Position) : null,
            BalanceBias = Coin() ? new(0.001) : null,
            BalanceLosses = new([.. Coin() ? [new BalanceLossSpec(Coin() ? "SequenceBalance" : "ExpertBalance", 0.001)] : Array.Empty<BalanceLossSpec>()]),
        };
        if (spec.Experts is not null && random.Next(3) == 0)
        {
            return spec with { Transformer = null, Attention = null, FeedForward = null };
        }

        int layers = Size(5);
        int kvHeads = Size(3);
        return spec with
        {
            Transformer = new(Vocab: Size(300), dim, layers, DenseLayers: spec.Experts is null ? layers : random.Next(layers + 1), Context: 128, Coin()),
            Attention = new(Heads: kvHeads * Size(3), kvHeads, HeadDim: 2 * Size(12), RopeTheta: 10000),
            FeedForward = new(Size(200)),
        };
    }
}
