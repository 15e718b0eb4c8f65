using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>
/// Matrix products of operands of <typeparamref name="TProduct"/>: operands of another type are rounded or widened to it first, sums are in
/// <see cref="float"/> at least. In <see cref="BFloat16"/> it is the processor's own instruction for such numbers, or libtorch where it has none; in
/// <see cref="float"/> and <see cref="double"/> it is <see cref="Gemm"/>.
/// </summary>
/// <remarks>As there, the result does not depend on the number of workers: products are cut by shape alone.</remarks>
/// <typeparam name="TProduct"><see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
public static class Gemm<TProduct>
    where TProduct : unmanaged
{
    /// <summary>c = a·b, or c += a·b, on the calling thread.</summary>
    /// <param name="a">[m, k].</param>
    /// <param name="b">[k, n].</param>
    /// <param name="c">[m, n], row-major, overlapping neither a nor b.</param>
    /// <param name="accumulate">Adds to c rather than overwriting it.</param>
    /// <param name="soon">What the calling thread reads next; in <see cref="BFloat16"/> only a product of a few rows asks for it.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or c is not row-major.</exception>
    /// <exception cref="NotSupportedException">In <see cref="BFloat16"/>, of a matrix neither of that nor of <see cref="float"/>.</exception>
    public static void Multiply<TA, TB, TC>(Matrix<TA> a, Matrix<TB> b, Matrix<TC> c, bool accumulate = false, in RowsSoon soon = default)
        where TA : unmanaged
        where TB : unmanaged
        where TC : unmanaged
    {
        if (typeof(TProduct) == typeof(BFloat16))
        {
            NarrowTasks<TA, TB, TC>.Check(a, b, c);
            NarrowTasks<TA, TB, TC>.Compute(a, b, c, accumulate, soon);
        }
        else if (typeof(TProduct) == typeof(double))
        {
            Wide<double, TA, TB, TC>(null, a, b, c, accumulate, soon);
        }
        else
        {
            Wide<float, TA, TB, TC>(null, a, b, c, accumulate, soon);
        }
    }

    /// <summary>c = a·b, or c += a·b, cut into blocks of c and spread over the workers: the same bits as with one.</summary>
    /// <param name="workers">Who works.</param>
    /// <param name="a">[m, k].</param>
    /// <param name="b">[k, n].</param>
    /// <param name="c">[m, n], row-major, overlapping neither a nor b.</param>
    /// <param name="accumulate">Adds to c rather than overwriting it.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or c is not row-major.</exception>
    /// <exception cref="NotSupportedException">In <see cref="BFloat16"/>, of a matrix neither of that nor of <see cref="float"/>.</exception>
    public static void Multiply<TA, TB, TC>(Workers workers, Matrix<TA> a, Matrix<TB> b, Matrix<TC> c, bool accumulate = false)
        where TA : unmanaged
        where TB : unmanaged
        where TC : unmanaged
    {
        ArgumentNullException.ThrowIfNull(workers);
        if (typeof(TProduct) == typeof(BFloat16))
        {
            NarrowTasks<TA, TB, TC>.Check(a, b, c);
            var tasks = new NarrowTasks<TA, TB, TC>(a, b, c, accumulate);
            workers.Run(tasks.Count, tasks.Compute);
        }
        else if (typeof(TProduct) == typeof(double))
        {
            Wide<double, TA, TB, TC>(workers, a, b, c, accumulate, default);
        }
        else
        {
            Wide<float, TA, TB, TC>(workers, a, b, c, accumulate, default);
        }
    }

    // What is not of the type of the product is small (the router's weight and its gradient): it goes through the caller's scratch.
    private static void Wide<T, TA, TB, TC>(Workers? workers, Matrix<TA> a, Matrix<TB> b, Matrix<TC> c, bool accumulate, in RowsSoon soon)
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
            Gemm.Multiply(left.Matrix, right.Matrix, result.Matrix, accumulate, soon);
        }
        else
        {
            Gemm.Multiply(workers, left.Matrix, right.Matrix, result.Matrix, accumulate);
        }

        result.CopyTo(c);
    }
}
