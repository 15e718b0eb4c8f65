using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>
/// Matrix products of operands of <typeparamref name="TProduct"/>: operands of another type are rounded or widened to it first, sums are in
/// <see cref="float"/> at least. In <see cref="BFloat16"/> libtorch multiplies; in <see cref="float"/> and <see cref="double"/> it is <see cref="Gemm"/>.
/// </summary>
/// <remarks>As there, the result does not depend on the number of workers: products are cut by shape alone.</remarks>
/// <typeparam name="TProduct"><see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
public static unsafe class Gemm<TProduct>
    where TProduct : unmanaged
{
    // Rows of a result that one task computes: enough for a product to run near its rate though it lays out its right operand anew, few enough for all
    // cores to have work: many cores want batches of as many rows for each. An even number of tasks, as long as none is small: two cores end together.
    private const int RowsPerTask = 512;
    private const int FewestRowsPerTask = 32;

    /// <summary>c = a·b, or c += a·b, on the calling thread.</summary>
    /// <param name="a">[m, k].</param>
    /// <param name="b">[k, n].</param>
    /// <param name="c">[m, n], row-major, overlapping neither a nor b.</param>
    /// <param name="accumulate">Adds to c rather than overwriting it.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or c is not row-major.</exception>
    public static void Multiply<TA, TB, TC>(Matrix<TA> a, Matrix<TB> b, Matrix<TC> c, bool accumulate = false)
        where TA : unmanaged
        where TB : unmanaged
        where TC : unmanaged
    {
        if (typeof(TProduct) == typeof(BFloat16))
        {
            Narrow(a, b, c, accumulate);
        }
        else if (typeof(TProduct) == typeof(double))
        {
            Wide<double, TA, TB, TC>(null, a, b, c, accumulate);
        }
        else
        {
            Wide<float, TA, TB, TC>(null, a, b, c, accumulate);
        }
    }

    /// <summary>c = a·b, or c += a·b, cut into blocks of c and spread over the workers: the same bits as with one.</summary>
    /// <param name="workers">Who works.</param>
    /// <param name="a">[m, k].</param>
    /// <param name="b">[k, n].</param>
    /// <param name="c">[m, n], row-major, overlapping neither a nor b.</param>
    /// <param name="accumulate">Adds to c rather than overwriting it.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or c is not row-major.</exception>
    public static void Multiply<TA, TB, TC>(Workers workers, Matrix<TA> a, Matrix<TB> b, Matrix<TC> c, bool accumulate = false)
        where TA : unmanaged
        where TB : unmanaged
        where TC : unmanaged
    {
        ArgumentNullException.ThrowIfNull(workers);
        if (typeof(TProduct) == typeof(BFloat16))
        {
            Gemm.Check(a, b, c);
            var pieces = (((c.Rows + RowsPerTask - 1) / RowsPerTask) + 1) / 2 * 2;
            pieces = Math.Clamp(pieces, 1, Math.Max(1, c.Rows / FewestRowsPerTask));
            var grain = (((c.Rows + pieces - 1) / pieces) + 31) / 32 * 32;
            workers.For(c.Rows, Math.Max(1, grain), (first, end) => Narrow(a.RowRange(first, end - first), b, c.RowRange(first, end - first), accumulate));
        }
        else if (typeof(TProduct) == typeof(double))
        {
            Wide<double, TA, TB, TC>(workers, a, b, c, accumulate);
        }
        else
        {
            Wide<float, TA, TB, TC>(workers, a, b, c, accumulate);
        }
    }

    private static void Narrow<TA, TB, TC>(Matrix<TA> a, Matrix<TB> b, Matrix<TC> c, bool accumulate)
        where TA : unmanaged
        where TB : unmanaged
        where TC : unmanaged
    {
        Gemm.Check(a, b, c);
        if (c.Rows == 0 || c.Columns == 0)
        {
            return;
        }

        if (a.Columns > 0)
        {
            BFloat16Product.Compute(a, b, c, accumulate);
        }
        else if (!accumulate)
        {
            c.Clear();
        }
    }

    // What is not of the type of the product is small (the router's weight and its gradient): it goes through the caller's scratch.
    private static void Wide<T, TA, TB, TC>(Workers? workers, Matrix<TA> a, Matrix<TB> b, Matrix<TC> c, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TA : unmanaged
        where TB : unmanaged
        where TC : unmanaged
    {
        using var left = Widened<T, TA>.Of(a);
        using var right = Widened<T, TB>.Of(b);
        using var result = Widened<T, TC>.Of(c);
        if (workers is null)
        {
            Gemm.Multiply(left.Matrix, right.Matrix, result.Matrix, accumulate);
        }
        else
        {
            Gemm.Multiply(workers, left.Matrix, right.Matrix, result.Matrix, accumulate);
        }

        result.CopyTo(c);
    }

    /// <summary>A matrix in the type of the product: itself, or a copy.</summary>
    private readonly ref struct Widened<T, TStored>
        where T : unmanaged
        where TStored : unmanaged
    {
        private readonly Scratch<T> _scratch;

        private Widened(Matrix<T> matrix, Scratch<T> scratch)
        {
            Matrix = matrix;
            _scratch = scratch;
        }

        public Matrix<T> Matrix { get; }

        public static Widened<T, TStored> Of(Matrix<TStored> matrix)
        {
            if (typeof(T) == typeof(TStored))
            {
                return new(new Matrix<T>((T*)matrix.Pointer, matrix.Rows, matrix.Columns, matrix.RowStride, matrix.ColumnStride), default);
            }

            var turned = matrix.ColumnStride != 1;
            var source = turned ? matrix.Transposed : matrix;
            var scratch = Scratch<T>.Rent((nint)source.Rows * source.Columns);
            var copy = new Matrix<T>(scratch.Pointer, source.Rows, source.Columns);
            for (var row = 0; row < source.Rows; row++)
            {
                Stored.Copy<T, TStored, T>(source.Pointer + (row * source.RowStride), copy.Pointer + (row * copy.RowStride), source.Columns);
            }

            return new(turned ? copy.Transposed : copy, scratch);
        }

        /// <summary>Rounds a copy back to where it came from.</summary>
        public void CopyTo(Matrix<TStored> target)
        {
            if (typeof(T) != typeof(TStored))
            {
                for (var row = 0; row < target.Rows; row++)
                {
                    Stored.Copy<T, T, TStored>(Matrix.Pointer + (row * Matrix.RowStride), target.Pointer + (row * target.RowStride), target.Columns);
                }
            }
        }

        public void Dispose()
        {
            if (typeof(T) != typeof(TStored))
            {
                _scratch.Dispose();
            }
        }
    }
}
