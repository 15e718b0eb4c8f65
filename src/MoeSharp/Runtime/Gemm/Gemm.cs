using System.Numerics;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>
/// Matrix products of <see cref="float"/> or <see cref="double"/> on the CPU. Either operand may be a transposed view, which is as quick as a
/// row-major one.
/// </summary>
/// <remarks>
/// Every element of the result is one sum in one order, which the length of the sum decides and nothing else: not the number of workers, not an
/// address, not the other rows and columns of the product.
/// </remarks>
public static class Gemm
{
    /// <summary>c = a·b, or c += a·b, on the calling thread.</summary>
    /// <param name="a">[m, k].</param>
    /// <param name="b">[k, n].</param>
    /// <param name="c">[m, n], row-major, overlapping neither a nor b.</param>
    /// <param name="accumulate">Adds to c rather than overwriting it.</param>
    /// <param name="soon">What the calling thread reads next.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or c is not row-major.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither <see cref="float"/> nor <see cref="double"/>.</exception>
    public static void Multiply<T>(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate = false, in RowsSoon soon = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckType<T>();
        Check(a, b, c);
        Compute(a, b, c, accumulate, soon);
    }

    /// <summary>c = a·b, or c += a·b, cut into blocks of c by shape alone and spread over the workers: the same bits as on one thread.</summary>
    /// <param name="workers">Who works.</param>
    /// <param name="a">[m, k].</param>
    /// <param name="b">[k, n].</param>
    /// <param name="c">[m, n], row-major, overlapping neither a nor b.</param>
    /// <param name="accumulate">Adds to c rather than overwriting it.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or c is not row-major.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither <see cref="float"/> nor <see cref="double"/>.</exception>
    public static void Multiply<T>(Workers workers, Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(workers);
        CheckType<T>();
        Check(a, b, c);
        new ProductTasks<T>(a, b, c, accumulate).Run(workers);
    }

    /// <summary>That the shapes fit and the result is row-major; the types may differ.</summary>
    internal static void Check<TA, TB, TC>(Matrix<TA> a, Matrix<TB> b, Matrix<TC> c)
        where TA : unmanaged
        where TB : unmanaged
        where TC : unmanaged
    {
        if (a.Columns != b.Rows || c.Rows != a.Rows || c.Columns != b.Columns)
        {
            throw new ArgumentException(
                $"Gemm computes [m, k]·[k, n] -> [m, n], but got [{a.Rows}, {a.Columns}]·[{b.Rows}, {b.Columns}] -> [{c.Rows}, {c.Columns}]: "
                + "transpose an operand or pass a result of the right shape.");
        }

        if (c.ColumnStride != 1 && c.Columns > 1)
        {
            throw new ArgumentException(
                $"Gemm writes to row-major matrices, but the result's columns are {c.ColumnStride} elements apart: "
                + "compute the transposed product, b.Transposed·a.Transposed -> c.Transposed.",
                nameof(c));
        }
    }

    private static void CheckType<T>()
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
        {
            throw new NotSupportedException($"Gemm multiplies matrices of float or double, not of {typeof(T).Name}: convert the operands first.");
        }
    }

    /// <summary>One product, or a part of one, on the calling thread.</summary>
    internal static void Compute<T>(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, in RowsSoon soon = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var began = ProductClock.Begin();
        Choose(a, b, c, accumulate, soon);
        ProductClock.End(began);
    }

    private static void Choose<T>(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, in RowsSoon soon)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (c.Rows == 0 || c.Columns == 0)
        {
            return;
        }

        if (a.Columns == 0)
        {
            if (!accumulate)
            {
                c.Clear();
            }
        }
        else if (FewRows<T>.Computes(a, b))
        {
            FewRows<T>.Compute(a, b, c, accumulate, FewRows<T>.Streams(a, b), soon);
        }
        else if (Vector512.IsHardwareAccelerated)
        {
            Product<T, Vector512<T>, Lanes512<T>>.Compute(a, b, c, accumulate, soon);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Product<T, Vector256<T>, Lanes256<T>>.Compute(a, b, c, accumulate, soon);
        }
        else
        {
            Product<T, Vector128<T>, Lanes128<T>>.Compute(a, b, c, accumulate, soon);
        }
    }
}
