using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

/// <summary>The comparisons the kernel tests share.</summary>
internal static class Numbers
{
    // Double against a scalar reference: a few hundred roundings of 1e-16.
    public const double Exact = 1e-12;

    // Float against double: a few hundred roundings of 6e-8.
    public const double Single = 3e-5;

    // Central differences with h = 1e-5 in double: h² truncation and 1e-16 / h rounding, both about 1e-10, times the sizes of the values.
    public const double Difference = 1e-7;

    private const double Step = 1e-5;

    /// <summary>‖a − b‖ ≤ tolerance · max(‖b‖, 1e-3).</summary>
    public static void Close(IEnumerable<double> expected, IEnumerable<double> actual, double tolerance)
    {
        var (e, a) = (expected.ToArray(), actual.ToArray());
        Assert.Equal(e.Length, a.Length);
        var error = Math.Sqrt(e.Zip(a, (x, y) => (x - y) * (x - y)).Sum());
        var size = Math.Max(Math.Sqrt(e.Sum(x => x * x)), 1e-3);
        Assert.True(error <= tolerance * size, $"relative error {error / size:E2}, tolerance {tolerance:E1}");
    }

    public static IEnumerable<double> Widen(this IEnumerable<float> values) => values.Select(value => (double)value);

    /// <summary>The derivative of <paramref name="loss"/> by every element of <paramref name="at"/>.</summary>
    public static double[] Gradient(Block<double> at, Func<double> loss)
    {
        var view = at.View;
        var gradient = new double[view.Rows * view.Columns];
        for (var i = 0; i < gradient.Length; i++)
        {
            var (row, column) = (i / view.Columns, i % view.Columns);
            var value = view[row, column];
            view[row, column] = value + Step;
            var above = loss();
            view[row, column] = value - Step;
            var below = loss();
            view[row, column] = value;
            gradient[i] = (above - below) / (2 * Step);
        }

        return gradient;
    }

    /// <summary>Σ a·b: with random b a loss whose gradient by a is b.</summary>
    public static double Inner(Block<double> a, Block<double> b) => a.ToArray().Zip(b.ToArray(), (x, y) => x * y).Sum();

    /// <summary>Runs with one, two and three workers and demands the same bits.</summary>
    public static void SameBits(Func<IEnumerable<float>> run)
    {
        var before = Workers.Shared.Count;
        try
        {
            Workers.Shared.Count = 1;
            var expected = run().Select(BitConverter.SingleToInt32Bits).ToArray();
            foreach (var count in new[] { 2, 3 })
            {
                Workers.Shared.Count = count;
                Assert.Equal(expected, run().Select(BitConverter.SingleToInt32Bits));
            }
        }
        finally
        {
            Workers.Shared.Count = before;
        }
    }
}
