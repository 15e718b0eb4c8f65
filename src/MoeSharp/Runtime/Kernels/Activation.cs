using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>The activation of a network of two matrices, <c>y = f(x + bias)</c>, element by element.</summary>
/// <remarks>
/// The form without workers runs on the calling thread: for use inside a task, on the rows of one expert. The matrices are of float or double, or of
/// <see cref="BFloat16"/>, which is computed in float.
/// </remarks>
/// <typeparam name="TFunction">The function.</typeparam>
public static unsafe class Activation<TFunction>
    where TFunction : struct, IActivation
{
    private const string Kernel = "Activation";

    /// <summary>y = f(x); with a bias, x += bias in the same pass, then y = f(x).</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="x">[rows, F]; with a bias, it is added here.</param>
    /// <param name="y">[rows, F], overwritten.</param>
    /// <param name="bias">[1, F]; may be left out.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Forward<T>(Workers workers, Matrix<T> x, Matrix<T> y, Matrix<T> bias = default)
        where T : unmanaged
    {
        Check(x, y, bias);
        workers.For(y.Rows, Elementwise.RowsPerTask(y.Columns), (first, end) => ForwardRows(x, y, bias, first, end));
    }

    /// <summary>The same on the calling thread.</summary>
    /// <param name="x">[rows, F]; with a bias, it is added here.</param>
    /// <param name="y">[rows, F], overwritten.</param>
    /// <param name="bias">[1, F]; may be left out.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Forward<T>(Matrix<T> x, Matrix<T> y, Matrix<T> bias = default)
        where T : unmanaged
    {
        Check(x, y, bias);
        ForwardRows(x, y, bias, 0, y.Rows);
    }

    /// <summary>dX = dY · f′(x).</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dY">[rows, F].</param>
    /// <param name="x">[rows, F], as forward left it: the bias is in it.</param>
    /// <param name="dX">[rows, F], overwritten; may be the memory of <paramref name="dY"/>.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Backward<T>(Workers workers, Matrix<T> dY, Matrix<T> x, Matrix<T> dX)
        where T : unmanaged
    {
        Check(x, dY, default);
        Check(x, dX, default);
        workers.For(x.Rows, Elementwise.RowsPerTask(x.Columns), (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                var upstream = dY.Pointer + (row * dY.RowStride);
                var at = x.Pointer + (row * x.RowStride);
                var target = dX.Pointer + (row * dX.RowStride);
                if (typeof(T) == typeof(double))
                {
                    BackwardRow<double, T>(upstream, at, target, x.Columns);
                }
                else
                {
                    BackwardRow<float, T>(upstream, at, target, x.Columns);
                }
            }
        });
    }

    private static void Check<T>(Matrix<T> x, Matrix<T> y, Matrix<T> bias)
        where T : unmanaged
    {
        Require.RowMajor(Kernel, x);
        Require.Shape(Kernel, y, x.Rows, x.Columns);
        if (bias.Pointer != null)
        {
            Require.Shape(Kernel, bias, 1, x.Columns);
        }
    }

    private static void ForwardRows<S>(Matrix<S> x, Matrix<S> y, Matrix<S> bias, int first, int end)
        where S : unmanaged
    {
        for (var row = first; row < end; row++)
        {
            var at = x.Pointer + (row * x.RowStride);
            var target = y.Pointer + (row * y.RowStride);
            if (typeof(S) == typeof(double))
            {
                ForwardRow<double, S>(at, target, bias.Pointer, x.Columns);
            }
            else
            {
                ForwardRow<float, S>(at, target, bias.Pointer, x.Columns);
            }
        }
    }

    private static void ForwardRow<T, S>(S* x, S* y, S* bias, nint width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where S : unmanaged
    {
        nint i = 0;
        for (; i <= width - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            ForwardVector<T, S>(x + i, y + i, bias == null ? null : bias + i, Vector512<T>.Count);
        }

        if (i < width)
        {
            ForwardVector<T, S>(x + i, y + i, bias == null ? null : bias + i, width - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ForwardVector<T, S>(S* x, S* y, S* bias, nint count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where S : unmanaged
    {
        var at = bias == null ? Stored.Load<T, S>(x, count) : Bias.AddVector<T, S>(x, bias, count);
        Stored.Store(TFunction.Value(at), y, count);
    }

    private static void BackwardRow<T, S>(S* dY, S* x, S* dX, nint width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where S : unmanaged
    {
        nint i = 0;
        for (; i <= width - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            BackwardVector<T, S>(dY + i, x + i, dX + i, Vector512<T>.Count);
        }

        if (i < width)
        {
            BackwardVector<T, S>(dY + i, x + i, dX + i, width - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void BackwardVector<T, S>(S* dY, S* x, S* dX, nint count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where S : unmanaged =>
        Stored.Store(Stored.Load<T, S>(dY, count) * TFunction.ValueAndSlope(Stored.Load<T, S>(x, count)).Slope, dX, count);
}
