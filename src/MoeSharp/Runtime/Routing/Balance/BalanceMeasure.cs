using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>
/// What one gate does in one pass, for the balance losses: the tasks of its pass over the tokens add their counts and sums while the rows are in cache. The cut is by
/// shape alone, at the ends of tasks and of sequences, and the pieces are added in order: the sums do not depend on who computed which.
/// </summary>
/// <typeparam name="T">The gate's type.</typeparam>
public sealed class BalanceMeasure<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Pass<T> _pass;
    private readonly int _sparseLayer;
    private readonly int _grain;
    private readonly Matrix<int> _experts;
    private readonly Matrix<T> _scores;

    // A task's pieces, one a sequence that it has tokens of.
    private readonly RoutingSums[][] _tasks;

    internal BalanceMeasure(Pass<T> pass, int sparseLayer, int grain, Matrix<int> experts, Matrix<T> scores)
    {
        _pass = pass;
        _sparseLayer = sparseLayer;
        _grain = grain;
        _experts = experts;
        _scores = scores;
        _tasks = new RoutingSums[(pass.Tokens + grain - 1) / grain][];
    }

    /// <summary>Whether scores are divided by their sum.</summary>
    internal bool Shares { get; init; }

    /// <summary>Whether each sequence is measured for itself.</summary>
    internal bool BySequence { get; init; }

    /// <summary>Whether the K largest scores themselves are counted; K, or 0.</summary>
    internal int Unbiased { get; init; }

    /// <summary>The devices that tokens are sent to, or 0.</summary>
    internal int Devices { get; init; }

    /// <summary>The routing weights, <c>[tokens, K]</c>.</summary>
    internal Matrix<T>? Weights { get; init; }

    /// <summary>The router's logits.</summary>
    internal Matrix<T>? Logits { get; init; }

    /// <summary>A noisy gate's noise before the softplus.</summary>
    internal Matrix<T>? Amplitude { get; init; }

    /// <summary>A noisy gate's ε.</summary>
    internal Matrix<T>? Noise { get; init; }

    /// <summary>Tokens that are measured for themselves.</summary>
    private int Length => BySequence ? _pass.Sequence : _pass.Tokens;

    /// <summary>Adds the tokens of one task; padding is left out.</summary>
    /// <param name="first">The task's first token.</param>
    /// <param name="end">The one after its last.</param>
    public void Add(int first, int end)
    {
        var (begin, pieces) = (first / Length, ((end - 1) / Length) - (first / Length) + 1);
        var task = new RoutingSums[pieces];
        for (var piece = 0; piece < pieces; piece++)
        {
            var sequence = (begin + piece) * Length;
            task[piece] = Measure(Math.Max(first, sequence), Math.Min(end, sequence + Length));
        }

        _tasks[first / _grain] = task;
    }

    /// <summary>Keeps the sums of all tasks for backward, when they are done, and begins the report of the losses.</summary>
    public BalanceReport Report()
    {
        List<RoutingSums>[] parts = [.. Enumerable.Range(0, _pass.Tokens / Length).Select(_ => new List<RoutingSums>())];
        for (var task = 0; task < _tasks.Length; task++)
        {
            for (var piece = 0; piece < _tasks[task].Length; piece++)
            {
                parts[(task * _grain / Length) + piece].Add(_tasks[task][piece]);
            }
        }

        return _pass.Measured(_sparseLayer, new BalanceSums([.. parts.Select(RoutingSums.Of)], BySequence));
    }

    private RoutingSums Measure(int first, int end)
    {
        var sums = new PartSums<T>(_scores.Columns, Unbiased, Devices, Weights is not null, Noise is null ? 0 : _experts.Columns);
        sums.Score(_scores.RowRange(first, end - first), Shares, _pass.Counted(first, end));
        for (var t = first; t < end; t++)
        {
            if (_pass.IsCounted(t))
            {
                sums.Choose(_experts.Row(t));
                if (Weights is { } weights)
                {
                    sums.Weigh(_experts.Row(t), weights.Row(t));
                }

                if (Logits is { } logits)
                {
                    sums.LogSumExp(logits.Row(t));
                    if (Amplitude is { } amplitude && Noise is { } noise)
                    {
                        sums.Load(logits.Row(t), amplitude.Row(t), noise.Row(t));
                    }
                }
            }
        }

        return sums.Sums();
    }
}
