using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>The exact gelu, <c>x·Φ(x)</c> with Φ the normal distribution's CDF (arXiv 1606.08415): the hidden layer of a two-layer gate, which is narrow.</summary>
public static class GateGelu
{
    /// <summary><c>a = z·Φ(z)</c>.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="z"><c>[tokens, hidden]</c>.</param>
    /// <param name="a"><c>[tokens, hidden]</c>, overwritten.</param>
    public static void Forward<T>(Workers workers, Matrix<T> z, Matrix<T> a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(workers);
        Require.Shape("GateGelu.Forward", a, z.Rows, z.Columns);
        workers.For(z.Rows, Elementwise.RowsPerTask(z.Columns), (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                for (var i = 0; i < z.Columns; i++)
                {
                    var x = double.CreateTruncating(z[row, i]);
                    a[row, i] = T.CreateTruncating(x * Normal.Cdf(x));
                }
            }
        });
    }

    /// <summary><c>dZ = dA·(Φ(z) + z·φ(z))</c>, φ the normal distribution's density.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dA"><c>[tokens, hidden]</c>.</param>
    /// <param name="z"><c>[tokens, hidden]</c>.</param>
    /// <param name="dZ"><c>[tokens, hidden]</c>, overwritten.</param>
    public static void Backward<T>(Workers workers, Matrix<T> dA, Matrix<T> z, Matrix<T> dZ)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(workers);
        Require.Shape("GateGelu.Backward", z, dA.Rows, dA.Columns);
        Require.Shape("GateGelu.Backward", dZ, dA.Rows, dA.Columns);
        workers.For(z.Rows, Elementwise.RowsPerTask(z.Columns), (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                for (var i = 0; i < z.Columns; i++)
                {
                    var x = double.CreateTruncating(z[row, i]);
                    dZ[row, i] = dA[row, i] * T.CreateTruncating(Normal.Cdf(x) + (x * Normal.Density(x)));
                }
            }
        });
    }
}
