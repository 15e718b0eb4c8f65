using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>Root-mean-square layer normalisation (Zhang and Sennrich, 2019, arXiv:1910.07467), as <c>torch.nn.RMSNorm</c>.</summary>
public static unsafe class RmsNorm
{
    // The rows whose share of the weight's gradient is summed first; the shares are then added in the order of the rows.
    private const int RowsPerShare = 64;
    private const int ColumnsPerTask = 256;
    private const int SharesAhead = 8;

    /// <summary>y = x · rstd · weight, rstd = 1 / √(mean(x²) + eps) of each row.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="x">[tokens, dim].</param>
    /// <param name="weight">[1, dim].</param>
    /// <param name="eps">Keeps the root away from zero.</param>
    /// <param name="y">[tokens, dim], overwritten; may be the memory of <paramref name="x"/>.</param>
    /// <param name="rstd">[1, tokens], overwritten; what <see cref="Backward"/> needs.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Forward<T, TWeight>(Workers workers, Matrix<T> x, Matrix<TWeight> weight, double eps, Matrix<T> y, Matrix<T> rstd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TWeight : unmanaged
    {
        const string Kernel = "RmsNorm.Forward";
        CheckForward(Kernel, x, weight, y, rstd);
        workers.For(x.Rows, Elementwise.RowsPerTask(x.Columns), (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                rstd[0, row] = ForwardRow(x.Pointer + (row * x.RowStride), weight.Pointer, eps, y.Pointer + (row * y.RowStride), x.Columns);
            }
        });
    }

    /// <summary>sum = x + delta, and the norm of the sum: the residual addition in the same pass over memory.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="x">[tokens, dim].</param>
    /// <param name="delta">[tokens, dim].</param>
    /// <param name="weight">[1, dim].</param>
    /// <param name="eps">Keeps the root away from zero.</param>
    /// <param name="sum">[tokens, dim], overwritten; may be the memory of <paramref name="x"/> or <paramref name="delta"/>.</param>
    /// <param name="y">[tokens, dim], overwritten.</param>
    /// <param name="rstd">[1, tokens], overwritten; what <see cref="Backward"/> needs, with <paramref name="sum"/> as its x.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void AddForward<T, TWeight>(
        Workers workers, Matrix<T> x, Matrix<T> delta, Matrix<TWeight> weight, double eps, Matrix<T> sum, Matrix<T> y, Matrix<T> rstd)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TWeight : unmanaged
    {
        const string Kernel = "RmsNorm.AddForward";
        CheckForward(Kernel, x, weight, y, rstd);
        Require.Shape(Kernel, delta, x.Rows, x.Columns);
        Require.Shape(Kernel, sum, x.Rows, x.Columns);
        workers.For(x.Rows, Elementwise.RowsPerTask(x.Columns), (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                var total = sum.Pointer + (row * sum.RowStride);
                Elementwise.AddRow(x.Pointer + (row * x.RowStride), delta.Pointer + (row * delta.RowStride), total, x.Columns);
                rstd[0, row] = ForwardRow(total, weight.Pointer, eps, y.Pointer + (row * y.RowStride), x.Columns);
            }
        });
    }

    /// <summary>The gradients: dx = rstd·(dy·w) − x·rstd³·mean(dy·w·x), dWeight += Σ over rows of dy·x·rstd.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dy">[tokens, dim].</param>
    /// <param name="x">[tokens, dim], what was normalised.</param>
    /// <param name="weight">[1, dim].</param>
    /// <param name="rstd">[1, tokens], from the forward pass.</param>
    /// <param name="residual">[tokens, dim], added: the gradient that goes past the norm. The default adds nothing.</param>
    /// <param name="dx">[tokens, dim], written; may be the memory of <paramref name="residual"/>, or of <paramref name="dy"/>.</param>
    /// <param name="dWeight">[1, dim], added to.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Backward<T, TWeight, TGradient>(
        Workers workers, Matrix<T> dy, Matrix<T> x, Matrix<TWeight> weight, Matrix<T> rstd, Matrix<T> residual, Matrix<T> dx, Matrix<TGradient> dWeight)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TWeight : unmanaged
        where TGradient : unmanaged
    {
        BackwardRows("RmsNorm.Backward", workers, dy, default(Matrix<T>), null, x, weight, rstd, residual, dx, dWeight);
    }

    /// <summary>
    /// The gradients with dy[t] + Σ over slots k, in their order, of rows[plan.SlotRow[t, k]] in the place of dy[t]: what the experts hand back to a token is
    /// added while its row is in cache, and the sum goes nowhere else.
    /// </summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dy">[tokens, dim], what does not come from the experts.</param>
    /// <param name="rows">[plan.Rows or more, dim]: the gradients of the experts' inputs.</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="x">[tokens, dim], what was normalised.</param>
    /// <param name="weight">[1, dim].</param>
    /// <param name="rstd">[1, tokens], from the forward pass.</param>
    /// <param name="residual">[tokens, dim], added: the gradient that goes past the norm. The default adds nothing.</param>
    /// <param name="dx">[tokens, dim], written; may be the memory of <paramref name="residual"/>, or of <paramref name="dy"/>.</param>
    /// <param name="dWeight">[1, dim], added to.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void ScatterBackward<T, TStored, TWeight, TGradient>(
        Workers workers, Matrix<T> dy, Matrix<TStored> rows, DispatchPlan plan, Matrix<T> x, Matrix<TWeight> weight, Matrix<T> rstd,
        Matrix<T> residual, Matrix<T> dx, Matrix<TGradient> dWeight)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
        where TWeight : unmanaged
        where TGradient : unmanaged
    {
        const string Kernel = "RmsNorm.ScatterBackward";
        Experts.CheckRows(Kernel, rows, plan, dy);
        BackwardRows(Kernel, workers, dy, rows, plan, x, weight, rstd, residual, dx, dWeight);
    }

    private static void BackwardRows<T, TStored, TWeight, TGradient>(
        string kernel, Workers workers, Matrix<T> dy, Matrix<TStored> rows, DispatchPlan? plan, Matrix<T> x, Matrix<TWeight> weight, Matrix<T> rstd,
        Matrix<T> residual, Matrix<T> dx, Matrix<TGradient> dWeight)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
        where TWeight : unmanaged
        where TGradient : unmanaged
    {
        CheckForward(kernel, x, weight, dy, rstd);
        Require.Shape(kernel, dx, x.Rows, x.Columns);
        Require.Shape(kernel, dWeight, 1, x.Columns);
        if (residual.Pointer != null)
        {
            Require.Shape(kernel, residual, x.Rows, x.Columns);
        }

        var dim = x.Columns;
        var shareCount = (x.Rows + RowsPerShare - 1) / RowsPerShare;
        using var scratch = Scratch<T>.Rent(((nint)shareCount + 1) * dim);
        var shares = scratch.Pointer;
        var wide = shares + ((nint)shareCount * dim);
        Stored.Copy<T, TWeight, T>(weight.Pointer, wide, dim);
        workers.For(x.Rows, RowsPerShare, (first, end) =>
        {
            var share = shares + ((nint)(first / RowsPerShare) * dim);
            new Span<T>(share, dim).Clear();
            using var sum = Scratch<T>.Rent(dim);
            for (var row = first; row < end; row++)
            {
                var upstream = dy.Pointer + (row * dy.RowStride);
                if (plan is not null)
                {
                    Experts.SumToken(rows, plan, row, end, null, sum.Pointer, upstream, null);
                    upstream = sum.Pointer;
                }

                var past = residual.Pointer == null ? null : residual.Pointer + (row * residual.RowStride);
                BackwardRow(upstream, x.Pointer + (row * x.RowStride), wide, rstd[0, row], past, dx.Pointer + (row * dx.RowStride), share, dim);
            }
        });
        workers.For(dim, ColumnsPerTask, (first, end) =>
        {
            // The sum is in T whatever the gradient is in: it is rounded once.
            var sum = shares + first;
            for (var share = 1; share < shareCount; share++)
            {
                // Half of them are in another core's cache.
                Simd.Ask(shares + ((nint)(share + SharesAhead) * dim) + first, end - first);
                Elementwise.AddRow(sum, shares + ((nint)share * dim) + first, sum, end - first);
            }

            Stored.Add<T, T, TGradient>(sum, dWeight.Pointer + first, end - first);
        });
    }

    private static void CheckForward<T, TWeight>(string kernel, Matrix<T> x, Matrix<TWeight> weight, Matrix<T> y, Matrix<T> rstd)
        where T : unmanaged
        where TWeight : unmanaged
    {
        Require.RowMajor(kernel, x);
        Require.Shape(kernel, weight, 1, x.Columns);
        Require.Shape(kernel, y, x.Rows, x.Columns);
        Require.Shape(kernel, rstd, 1, x.Rows);
    }

    private static T ForwardRow<T, TWeight>(T* x, TWeight* weight, double eps, T* y, nint dim)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TWeight : unmanaged
    {
        var mean = double.CreateTruncating(Simd.SumOfSquares(x, dim)) / dim;
        var rstd = T.CreateTruncating(1 / Math.Sqrt(mean + eps));
        var scale = Vector512.Create(rstd);
        nint i = 0;
        for (; i <= dim - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            ScaleVector(x + i, scale, weight + i, y + i, Vector512<T>.Count);
        }

        if (i < dim)
        {
            ScaleVector(x + i, scale, weight + i, y + i, dim - i);
        }

        return rstd;
    }

    private static void BackwardRow<T>(T* dy, T* x, T* weight, T rstd, T* residual, T* dx, T* share, nint dim)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var mean = Simd.Dot(dy, weight, x, dim) / T.CreateTruncating(dim);
        var scale = Vector512.Create(rstd);
        var pull = Vector512.Create(-(rstd * rstd * rstd * mean));
        nint i = 0;
        for (; i <= dim - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            BackwardVector(dy + i, x + i, weight + i, scale, pull, residual == null ? null : residual + i, dx + i, share + i, Vector512<T>.Count);
        }

        if (i < dim)
        {
            BackwardVector(dy + i, x + i, weight + i, scale, pull, residual == null ? null : residual + i, dx + i, share + i, dim - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ScaleVector<T, TWeight>(T* x, Vector512<T> scale, TWeight* weight, T* y, nint count)
        where T : unmanaged
        where TWeight : unmanaged =>
        Simd.Store(Simd.Load(x, count) * scale * Stored.Load<T, TWeight>(weight, count), y, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void BackwardVector<T>(
        T* dy, T* x, T* weight, Vector512<T> scale, Vector512<T> pull, T* residual, T* dx, T* share, nint count)
        where T : unmanaged
    {
        var upstream = Simd.Load(dy, count) * scale;
        var input = Simd.Load(x, count);
        Simd.Store(Simd.Fma(upstream, input, Simd.Load(share, count)), share, count);
        var gradient = Simd.Fma(upstream, Simd.Load(weight, count), input * pull);
        Simd.Store(residual == null ? gradient : Simd.Load(residual, count) + gradient, dx, count);
    }
}
