using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Narrow;

/// <summary>A product of numbers that bfloat16 has, its sums in double, and how far a result in float or bfloat16 may be from it.</summary>
internal sealed class Reference
{
    /// <summary>Half a unit of the last of 8 bits.</summary>
    public const double HalfUnit = 1.0 / 256;

    private readonly double[] _sums;
    private readonly double[] _results;
    private readonly double[] _magnitudes;
    private readonly int _depth;

    /// <summary>Computes it.</summary>
    /// <param name="a">[m, k].</param>
    /// <param name="b">[k, n].</param>
    /// <param name="before">[m, n], what is added to; null for none.</param>
    /// <param name="m">Rows.</param>
    /// <param name="n">Columns.</param>
    /// <param name="k">Depth.</param>
    public Reference(float[] a, float[] b, float[]? before, int m, int n, int k)
    {
        (_sums, _results, _magnitudes, _depth) = (new double[m * n], new double[m * n], new double[m * n], k);
        for (var row = 0; row < m; row++)
        {
            var sums = _sums.AsSpan(row * n, n);
            var magnitudes = _magnitudes.AsSpan(row * n, n);
            for (var step = 0; step < k; step++)
            {
                double factor = a[(row * k) + step];
                var others = b.AsSpan(step * n, n);
                for (var column = 0; column < others.Length; column++)
                {
                    var product = factor * others[column];
                    sums[column] += product;
                    magnitudes[column] += Math.Abs(product);
                }
            }
        }

        for (var i = 0; i < _results.Length; i++)
        {
            _results[i] = _sums[i] + (before?[i] ?? 0);
            _magnitudes[i] += Math.Abs(before?[i] ?? 0);
        }
    }

    /// <summary>
    /// Holds a result against this one. Exactly, where every sum is a small integer: float has all of them, and bfloat16 has one nearest number. Otherwise
    /// a sum of k products in float in any order is within k·2^−24·Σ|a||b| of the exact one (Higham, Accuracy and Stability of Numerical Algorithms, §3.1);
    /// what was in c counts as one more product, and one 2^−24 more covers adding it. Rounding to bfloat16 adds half a unit of its last bit.
    /// </summary>
    public void Check<T>(Matrix<T> c, bool isExact)
        where T : unmanaged
    {
        var actual = GuardedMatrices.Read(c);
        for (var i = 0; i < actual.Length; i++)
        {
            var tolerance = 0.0;
            var expected = _results[i];
            if (isExact)
            {
                expected = typeof(T) == typeof(float) ? expected : (float)(BFloat16)(float)expected;
            }
            else
            {
                tolerance = OfSum(i);
                tolerance += typeof(T) == typeof(float) ? 0 : HalfUnit * (Math.Abs(expected) + tolerance);
            }

            var isWithin = Math.Abs(actual[i] - expected) <= tolerance;
            Assert.True(isWithin, $"[{i / c.Columns}, {i % c.Columns}] is {actual[i]}, not {expected} ± {tolerance}.");
        }
    }

    /// <summary>
    /// Holds a result against libtorch's of the same product. That rounds to bfloat16 what is added to c, where anything is, and both round the result
    /// if c is of bfloat16: three times half a unit, beside what both sums may be off by.
    /// </summary>
    public void CheckTorch<T>(Matrix<T> c, Matrix<T> torch)
        where T : unmanaged
    {
        var (actual, other) = (GuardedMatrices.Read(c), GuardedMatrices.Read(torch));
        for (var i = 0; i < actual.Length; i++)
        {
            var tolerance = (2.1 * OfSum(i)) + (HalfUnit * ((1.1 * Math.Abs(_sums[i])) + (2.1 * Math.Abs(_results[i]))));
            var isWithin = Math.Abs(actual[i] - other[i]) <= tolerance;
            Assert.True(isWithin, $"[{i / c.Columns}, {i % c.Columns}] is {actual[i]}, libtorch's {other[i]} ± {tolerance}.");
        }
    }

    private double OfSum(int i) => (_depth + 2) * Math.Pow(2, -24) * _magnitudes[i];
}
