using MoeSharp.Modules;
using MoeSharp.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Capacities;

/// <summary>A batch's choice of experts and its scores, of which one of the lowerings drops what is over a budget.</summary>
internal sealed class DropScene
{
    private readonly int _experts;
    private readonly int[,] _chosen;

    public DropScene(int experts, int[,] chosen) => (_experts, _chosen, Groups, Sequence) = (experts, chosen, experts, chosen.GetLength(0));

    public float[,]? Scores { get; init; }

    public bool[]? Mask { get; init; }

    /// <summary>Tokens in a sequence.</summary>
    public int Sequence { get; init; }

    public int Groups { get; init; }

    public required double Factor { get; init; }

    public double Exempt { get; init; }

    /// <summary>What the drawn sequences follow from.</summary>
    public ulong Key { get; init; } = 1;

    public PassSettings Settings => new(_chosen.GetLength(0), Sequence, Training: true) { Mask = Mask, RandomKey = Key };

    /// <summary>The choice, −1 where it was dropped, and how many were.</summary>
    public (int[,] Kept, long Dropped) Drop(Lowering lowering)
    {
        // Any layer with as many experts: the pass reports to its log.
        using var layer = _experts == 8 ? (MoeLayer)new DropsByTwoDevices() : new DropsByPosition();
        var kept = lowering == Lowering.Kernels ? Kernels(layer) : Torch(layer);
        return (kept, layer.Loads[0].Dropped);
    }

    private unsafe int[,] Kernels(MoeLayer layer)
    {
        var pass = new Pass<float>(layer, Settings, new Workspace(gates: 1)) { Saved = default, Scratch = default };
        var kept = (int[,])_chosen.Clone();
        fixed (int* pointer = kept)
        fixed (float* scores = Scores)
        {
            var pairs = new Matrix<int>(pointer, kept.GetLength(0), kept.GetLength(1));
            if (Scores is null)
            {
                Dropping.ByPosition(pass, 0, pairs, _experts, Groups, Factor);
            }
            else
            {
                Dropping.ByScore(pass, 0, pairs, new Matrix<float>(scores, kept.GetLength(0), _experts), Groups, Factor, Exempt);
            }
        }

        return kept;
    }

    private int[,] Torch(MoeLayer layer)
    {
        using var scope = NewDisposeScope();
        var (rows, slots) = (_chosen.GetLength(0), _chosen.GetLength(1));
        var pass = new TorchPass(layer, Settings, CPU);
        var pairs = tensor(_chosen.Cast<int>().Select(expert => (long)expert).ToArray()).view(rows, slots);
        var result = Scores is null
            ? TorchDropping.ByPosition(pass, 0, pairs, _experts, Groups, Factor)
            : TorchDropping.ByScore(pass, 0, pairs, tensor(Scores.Cast<float>().ToArray()).view(rows, _experts), Groups, Factor, Exempt);
        var kept = new int[rows, slots];
        var numbers = result.contiguous().data<long>().ToArray();
        for (var place = 0; place < numbers.Length; place++)
        {
            kept[place / slots, place % slots] = (int)numbers[place];
        }

        return kept;
    }
}
