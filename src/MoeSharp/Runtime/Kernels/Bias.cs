using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>The bias of a linear map: one row, added to every row, and its gradient, a sum over rows in their order.</summary>
public static unsafe class Bias
{
    /// <summary>x += bias, row by row.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="x">[rows, columns], added to.</param>
    /// <param name="bias">[1, columns], in the type of <paramref name="x"/> or narrower.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Add<T, TBias>(Workers workers, Matrix<T> x, Matrix<TBias> bias)
        where T : unmanaged
        where TBias : unmanaged
    {
        Check(x, bias);
        workers.For(x.Rows, Elementwise.RowsPerTask(x.Columns), (first, end) => AddRows(x, bias, first, end));
    }

    /// <summary>x += bias, row by row, on the calling thread.</summary>
    /// <param name="x">[rows, columns], added to.</param>
    /// <param name="bias">[1, columns], in the type of <paramref name="x"/> or narrower.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Add<T, TBias>(Matrix<T> x, Matrix<TBias> bias)
        where T : unmanaged
        where TBias : unmanaged
    {
        Check(x, bias);
        AddRows(x, bias, 0, x.Rows);
    }

    /// <summary>gradient += Σ rows of dY, in their order.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dY">[rows, columns].</param>
    /// <param name="gradient">[1, columns], added to.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Gradient<T, TGradient>(Workers workers, Matrix<T> dY, Matrix<TGradient> gradient)
        where T : unmanaged
        where TGradient : unmanaged
    {
        Require.RowMajor("Bias.Gradient", dY);
        Require.Shape("Bias.Gradient", gradient, 1, dY.Columns);
        var lanes = Lanes<T>();
        workers.Run((dY.Columns + lanes - 1) / lanes, task =>
        {
            var (column, count) = (task * lanes, Math.Min(lanes, dY.Columns - (task * lanes)));
            if (typeof(T) == typeof(double))
            {
                AddSum<double, T, TGradient>(dY.Pointer + column, dY.RowStride, dY.Rows, count, gradient.Pointer + column);
            }
            else
            {
                AddSum<float, T, TGradient>(dY.Pointer + column, dY.RowStride, dY.Rows, count, gradient.Pointer + column);
            }
        });
    }

    /// <summary>Columns of a task: a vector of what is computed in.</summary>
    internal static int Lanes<T>()
        where T : unmanaged => typeof(T) == typeof(double) ? Vector512<double>.Count : Vector512<float>.Count;

    /// <summary>x += bias over a vector; what was stored, which may have been rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<T> AddVector<T, S>(S* x, S* bias, nint count)
        where T : unmanaged
        where S : unmanaged
    {
        Stored.Store(Stored.Load<T, S>(x, count) + Stored.Load<T, S>(bias, count), x, count);
        return Stored.Load<T, S>(x, count);
    }

    /// <summary>target += Σ rows, over a vector of columns.</summary>
    internal static void AddSum<T, S, TGradient>(S* column, nint stride, int rows, nint count, TGradient* target)
        where T : unmanaged
        where S : unmanaged
        where TGradient : unmanaged
    {
        Vector512<T> sum = default;
        for (var row = 0; row < rows; row++)
        {
            sum += Stored.Load<T, S>(column + (row * stride), count);
        }

        Stored.Store(Stored.Load<T, TGradient>(target, count) + sum, target, count);
    }

    private static void Check<T, TBias>(Matrix<T> x, Matrix<TBias> bias)
        where T : unmanaged
        where TBias : unmanaged
    {
        Require.RowMajor("Bias.Add", x);
        Require.Shape("Bias.Add", bias, 1, x.Columns);
    }

    private static void AddRows<T, TBias>(Matrix<T> x, Matrix<TBias> bias, int first, int end)
        where T : unmanaged
        where TBias : unmanaged
    {
        for (var row = first; row < end; row++)
        {
            if (typeof(T) == typeof(double))
            {
                Stored.Add<double, TBias, T>(bias.Pointer, x.Pointer + (row * x.RowStride), x.Columns);
            }
            else
            {
                Stored.Add<float, TBias, T>(bias.Pointer, x.Pointer + (row * x.RowStride), x.Columns);
            }
        }
    }
}
