using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>
/// The gradient of a gate's balance losses by what they know of a token: its scores, its routing weights, its logits. Scores and weights enter as means and
/// sums, so it is the same for all tokens of the batch, or of a sequence. Counts carry no gradient.
/// </summary>
public sealed class BalanceGradient
{
    private readonly int _sparseLayer;
    private readonly PassSums _sums;
    private readonly double _scale;

    internal BalanceGradient(int sparseLayer, PassSums sums, double scale)
    {
        (_sparseLayer, _sums, _scale) = (sparseLayer, sums, scale);
        var experts = Own.Batch.Experts;
        Rows = [.. Enumerable.Range(0, Math.Max(1, Own.Sequences.Count)).Select(_ => new double[experts])];
        Weights = new double[experts];
        Loads = new double[experts];
    }

    /// <summary>What the scores of a token receive: a row for the batch, or a row for each sequence, <c>[rows, N]</c>.</summary>
    internal double[][] Rows { get; }

    /// <summary>What the routing weight of a chosen expert receives, <c>[N]</c>.</summary>
    internal double[] Weights { get; }

    /// <summary>What a token's smooth load of each expert receives, <c>[N]</c>.</summary>
    internal double[] Loads { get; }

    /// <summary>What a token's squared log-sum-exp of the logits receives.</summary>
    internal double SquaredLogSumExp { get; private set; }

    private BalanceSums Own => _sums[_sparseLayer];

    /// <summary>Adds a loss over the batch.</summary>
    /// <param name="weight">Its α.</param>
    /// <param name="slope">Its <c>∂L/∂P</c> before the weight, <c>[N]</c>, of what it is told.</param>
    public void OverBatch(double weight, Func<RoutingSums, double[]> slope) => AddToAll(weight, Own.Batch, slope);

    /// <summary>Adds a loss over the batch, with the counts of all micro-batches of the step.</summary>
    /// <inheritdoc cref="OverBatch"/>
    public void OverStep(double weight, Func<RoutingSums, double[]> slope) => AddToAll(weight, _sums.OverStep(_sparseLayer), slope);

    /// <summary>Adds a loss over the tokens of all layers as one, whose counts are known since forward is through.</summary>
    /// <inheritdoc cref="OverBatch"/>
    public void OverLayers(double weight, Func<RoutingSums, double[]> slope) => AddToAll(weight, _sums.OverLayers(), slope);

    /// <summary>Adds a loss within each sequence, averaged over the sequences that are not all padding.</summary>
    /// <inheritdoc cref="OverBatch"/>
    public void OverSequences(double weight, Func<RoutingSums, double[]> slope)
    {
        var filled = Own.Sequences.Count(sequence => sequence.Tokens > 0);
        for (var sequence = 0; sequence < Rows.Length; sequence++)
        {
            Add(Rows[sequence], weight / filled, Own.Sequences[sequence], slope);
        }
    }

    /// <summary>Adds a loss that knows the sums of the routing weights.</summary>
    /// <param name="weight">Its w.</param>
    /// <param name="slope">Its derivative by those sums before the weight, <c>[N]</c>.</param>
    public void OverWeights(double weight, Func<RoutingSums, double[]> slope) => AddSums(weight, slope, Weights);

    /// <summary>Adds a loss that knows the sums of the smooth loads.</summary>
    /// <param name="weight">Its w.</param>
    /// <param name="slope">Its derivative by those sums before the weight, <c>[N]</c>.</param>
    public void OverLoads(double weight, Func<RoutingSums, double[]> slope) => AddSums(weight, slope, Loads);

    /// <summary>Adds a loss that is the mean of the squared log-sum-exp of the logits.</summary>
    /// <param name="weight">Its w.</param>
    public void OverLogits(double weight) => SquaredLogSumExp += Own.Batch.Tokens == 0 ? 0 : weight * _scale / Own.Batch.Tokens;

    /// <summary>The rows in a kernel's type.</summary>
    public TokenGradient<T> As<T>(int sequence)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        return new([.. Rows.Select(Narrow)], Narrow(Weights), Narrow(Loads), T.CreateTruncating(SquaredLogSumExp), sequence);

        static T[] Narrow(double[] row) => Array.ConvertAll(row, T.CreateTruncating);
    }

    private void AddSums(double weight, Func<RoutingSums, double[]> slope, double[] total)
    {
        var received = slope(Own.Batch);
        for (var expert = 0; expert < total.Length; expert++)
        {
            total[expert] += weight * _scale * received[expert];
        }
    }

    private void AddToAll(double weight, RoutingSums part, Func<RoutingSums, double[]> slope)
    {
        foreach (var row in Rows)
        {
            Add(row, weight, part, slope);
        }
    }

    private void Add(double[] row, double weight, RoutingSums part, Func<RoutingSums, double[]> slope)
    {
        if (part.Tokens == 0)
        {
            return;
        }

        var received = slope(part);
        for (var expert = 0; expert < row.Length; expert++)
        {
            row[expert] += weight * _scale * received[expert] / part.Tokens;
        }
    }
}

/// <summary>A <see cref="BalanceGradient"/> in a kernel's type.</summary>
/// <typeparam name="T">The type.</typeparam>
public readonly struct TokenGradient<T>
{
    private readonly T[][] _rows;
    private readonly T[] _weights;
    private readonly T[] _loads;
    private readonly int _sequence;

    internal TokenGradient(T[][] rows, T[] weights, T[] loads, T squaredLogSumExp, int sequence) =>
        (_rows, _weights, _loads, SquaredLogSumExp, _sequence) = (rows, weights, loads, squaredLogSumExp, sequence);

    /// <summary>What the routing weight of a chosen expert receives, <c>[N]</c>.</summary>
    public ReadOnlySpan<T> Weights => _weights;

    /// <summary>What a token's smooth load of each expert receives, <c>[N]</c>.</summary>
    public ReadOnlySpan<T> Loads => _loads;

    /// <summary>What a token's squared log-sum-exp of the logits receives.</summary>
    public T SquaredLogSumExp { get; }

    /// <summary>What the scores of a token receive, <c>[N]</c>.</summary>
    public ReadOnlySpan<T> Scores(int token) => _rows.Length == 1 ? _rows[0] : _rows[token / _sequence];
}
