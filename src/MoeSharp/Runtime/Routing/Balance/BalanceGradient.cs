using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>
/// The gradient of a gate's balance losses by the scores of a token: the same for all tokens of the batch, or of a sequence, because the losses know
/// the scores by their means alone. Counts carry no gradient.
/// </summary>
public sealed class BalanceGradient
{
    private readonly BalanceSums _sums;
    private readonly double[][] _rows;
    private readonly double _scale;

    internal BalanceGradient(BalanceSums sums, double scale)
    {
        (_sums, _scale) = (sums, scale);
        _rows = [.. Enumerable.Range(0, Math.Max(1, sums.Sequences.Count)).Select(_ => new double[sums.Batch.Experts])];
    }

    /// <summary>A row for the batch, or a row for each sequence, <c>[rows, N]</c>.</summary>
    internal IReadOnlyList<double[]> Rows => _rows;

    /// <summary>Adds a loss over the batch.</summary>
    /// <param name="weight">Its α.</param>
    /// <param name="slope">Its <c>∂L/∂P</c> before the weight, <c>[N]</c>, of what it is told.</param>
    public void OverBatch(double weight, Func<RoutingSums, double[]> slope)
    {
        var part = _sums.Batch;
        var received = slope(part);
        foreach (var row in _rows)
        {
            Add(received, weight * _scale, part.Tokens, row);
        }
    }

    /// <summary>Adds a loss within each sequence, averaged over the sequences that are not all padding.</summary>
    public void OverSequences(double weight, Func<RoutingSums, double[]> slope)
    {
        for (var sequence = 0; sequence < _rows.Length; sequence++)
        {
            var part = _sums.Sequences[sequence];
            if (part.Tokens > 0)
            {
                Add(slope(part), weight * _scale / _sums.Filled, part.Tokens, _rows[sequence]);
            }
        }
    }

    /// <summary>The rows in a kernel's type.</summary>
    public Rows<T> As<T>(int sequence)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new([.. _rows.Select(row => Array.ConvertAll(row, T.CreateTruncating))], sequence);

    private static void Add(double[] received, double factor, long tokens, double[] row)
    {
        for (var expert = 0; tokens > 0 && expert < row.Length; expert++)
        {
            row[expert] += factor * received[expert] / tokens;
        }
    }
}

/// <summary>Rows that belong to sequences, found by a token; one row alone belongs to all.</summary>
/// <typeparam name="T">A kernel's type.</typeparam>
public readonly struct Rows<T>
{
    private readonly T[][] _rows;
    private readonly int _sequence;

    internal Rows(T[][] rows, int sequence) => (_rows, _sequence) = (rows, sequence);

    /// <summary>The row of a token.</summary>
    public ReadOnlySpan<T> this[int token] => _rows.Length == 1 ? _rows[0] : _rows[token / _sequence];
}
