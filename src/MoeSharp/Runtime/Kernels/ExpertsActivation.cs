using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>The backward of an expert's activation where an expert has two matrices, with the routing weight and its gradient in the same pass over memory.</summary>
/// <typeparam name="TFunction">The activation, f.</typeparam>
public static unsafe class ExpertsActivation<TFunction>
    where TFunction : struct, IActivation
{
    /// <summary>
    /// With <c>d = dOut·W_down</c> and <c>a = f(up)</c> of a row, and w its routing weight: <c>dWeight = ⟨d, a⟩</c> (SonicMoE, arXiv 2512.14080),
    /// <c>dUp = w·d·f′(up)</c>, and <c>w·a</c> takes the place of d: it is the right factor of W_down's gradient.
    /// </summary>
    /// <param name="up">[rows, F], from forward.</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="block">Which rows.</param>
    /// <param name="weights">[tokens, K], the routing weights.</param>
    /// <param name="d">[rows, F]: read as dOut·W_down, left as w·a.</param>
    /// <param name="dUp">[rows, F], overwritten.</param>
    /// <param name="dWeights">[tokens, K]: the entries of the block's pairs are overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not fit the block.</exception>
    /// <typeparam name="T">What is computed in.</typeparam>
    /// <typeparam name="TStored">What the rows are stored in: the same, or narrower.</typeparam>
    public static void Backward<T, TStored>(
        Matrix<TStored> up, DispatchPlan plan, ExpertBlock block, Matrix<T> weights, Matrix<TStored> d, Matrix<TStored> dUp, Matrix<T> dWeights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
    {
        const string Kernel = "ExpertsActivation.Backward";
        Require.Shape(Kernel, d, block.Rows, up.Columns);
        Require.Shape(Kernel, dWeights, weights.Rows, weights.Columns);
        Require.Shape(Kernel, dUp, block.Rows, up.Columns);
        Require.Shape(Kernel, up, block.Rows, up.Columns);
        for (var row = 0; row < block.Rows; row++)
        {
            var (token, slot) = (plan.RowToken[block.First + row], plan.RowSlot[block.First + row]);
            dWeights[token, slot] = BackwardRow(
                up.Pointer + (row * up.RowStride), weights[token, slot], d.Pointer + (row * d.RowStride), dUp.Pointer + (row * dUp.RowStride), d.Columns);
        }
    }

    private static T BackwardRow<T, TStored>(TStored* up, T weight, TStored* d, TStored* dUp, nint width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
    {
        var factor = Vector512.Create(weight);
        Vector512<T> sum = default;
        nint i = 0;
        for (; i <= width - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            sum = BackwardVector(up + i, factor, d + i, dUp + i, sum, Vector512<T>.Count);
        }

        if (i < width)
        {
            sum = BackwardVector(up + i, factor, d + i, dUp + i, sum, width - i);
        }

        return Simd.SumLanes(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> BackwardVector<T, TStored>(TStored* up, Vector512<T> weight, TStored* d, TStored* dUp, Vector512<T> sum, nint count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
    {
        var (a, slope) = TFunction.ValueAndSlope(Stored.Load<T, TStored>(up, count));
        var upstream = Stored.Load<T, TStored>(d, count);
        Stored.Store(weight * upstream * slope, dUp, count);
        Stored.Store(weight * a, d, count);
        return Simd.Fma(upstream, a, sum);
    }
}
