using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>The derivatives of y = x·wᵀ, in products of operands of <typeparamref name="TProduct"/>; see <see cref="Gemm{TProduct}"/>.</summary>
/// <typeparam name="TProduct"><see cref="float"/>, <see cref="double"/> or <see cref="BFloat16"/>.</typeparam>
public static class Linear<TProduct>
    where TProduct : unmanaged
{
    /// <summary>
    /// dW += dYᵀ·x beside dX = dY·w, or dX += dY·w: the same bits as one after the other, and one wait for both.
    /// </summary>
    /// <param name="workers">Who works.</param>
    /// <param name="dY">[tokens, m], the gradient of y.</param>
    /// <param name="x">[tokens, n].</param>
    /// <param name="w">[m, n].</param>
    /// <param name="dW">[m, n], row-major, added to; overlaps none of the others.</param>
    /// <param name="dX">[tokens, n], row-major, overlapping none of the others.</param>
    /// <param name="accumulate">Adds to dX rather than overwriting it.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a result is not row-major.</exception>
    public static void Backward<TdY, TX, TW, TdW, TdX>(
        Workers workers, Matrix<TdY> dY, Matrix<TX> x, Matrix<TW> w, Matrix<TdW> dW, Matrix<TdX> dX, bool accumulate = false)
        where TdY : unmanaged
        where TX : unmanaged
        where TW : unmanaged
        where TdW : unmanaged
        where TdX : unmanaged
    {
        ArgumentNullException.ThrowIfNull(workers);
        Gemm.Check(dY.Transposed, x, dW);
        Gemm.Check(dY, w, dX);
        if (typeof(TProduct) == typeof(BFloat16))
        {
            var weights = new NarrowTasks<TdY, TX, TdW>(dY.Transposed, x, dW, accumulate: true);
            var inputs = new NarrowTasks<TdY, TW, TdX>(dY, w, dX, accumulate);
            SideBySide.Run(workers, weights.Count, weights.Compute, inputs.Count, inputs.Compute);
        }
        else if (typeof(TProduct) == typeof(double))
        {
            Wide<double, TdY, TX, TW, TdW, TdX>(workers, dY, x, w, dW, dX, accumulate);
        }
        else
        {
            Wide<float, TdY, TX, TW, TdW, TdX>(workers, dY, x, w, dW, dX, accumulate);
        }
    }

    private static void Wide<T, TdY, TX, TW, TdW, TdX>(
        Workers workers, Matrix<TdY> dY, Matrix<TX> x, Matrix<TW> w, Matrix<TdW> dW, Matrix<TdX> dX, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TdY : unmanaged
        where TX : unmanaged
        where TW : unmanaged
        where TdW : unmanaged
        where TdX : unmanaged
    {
        using var upstream = Widened<T, TdY>.Of(dY);
        using var input = Widened<T, TX>.Of(x);
        using var weight = Widened<T, TW>.Of(w);
        using var weightGradient = Widened<T, TdW>.Of(dW);
        using var inputGradient = Widened<T, TdX>.Of(dX);
        var weights = new ProductTasks<T>(upstream.Matrix.Transposed, input.Matrix, weightGradient.Matrix, accumulate: true);
        var inputs = new ProductTasks<T>(upstream.Matrix, weight.Matrix, inputGradient.Matrix, accumulate, Scratch.Use.OtherPieces);

        // What is in pieces is summed by whoever finds no other task, without a run and a wait of its own.
        SideBySide.Run(workers, weights.Count, weights.Compute, inputs.Count, inputs.Compute, () =>
        {
            weights.Finish();
            inputs.Finish();
        });
        weightGradient.CopyTo(dW);
        inputGradient.CopyTo(dX);
    }
}
