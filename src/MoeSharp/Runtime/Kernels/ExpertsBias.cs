using System.Numerics;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>
/// The gradients that the biases of experts bring with them. Each sum runs over an expert's rows in their order, a task for every expert and vector of
/// columns: the same at any number of workers.
/// </summary>
public static unsafe class ExpertsBias
{
    /// <summary>gradient[expert] += Σ rows of the expert, for some experts.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="experts">Which experts.</param>
    /// <param name="rows">[pairs, columns].</param>
    /// <param name="gradient">[N, columns], added to.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Gradient<TStored, TGradient>(
        Workers workers, DispatchPlan plan, ExpertRange experts, Matrix<TStored> rows, Matrix<TGradient> gradient)
        where TStored : unmanaged
        where TGradient : unmanaged =>
        Each(workers, plan, experts, rows, gradient, (of, column, count, _, target) =>
        {
            if (typeof(TStored) == typeof(double))
            {
                Bias.AddSum<double, TStored, TGradient>((TStored*)of.Pointer + column, of.RowStride, of.Rows, count, (TGradient*)target);
            }
            else
            {
                Bias.AddSum<float, TStored, TGradient>((TStored*)of.Pointer + column, of.RowStride, of.Rows, count, (TGradient*)target);
            }
        });

    /// <summary>gradient[expert] += Σ weight·row over the rows of the expert, for some experts.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="experts">Which experts.</param>
    /// <param name="rows">[pairs, columns].</param>
    /// <param name="weights">[tokens, K], the routing weights.</param>
    /// <param name="gradient">[N, columns], added to.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Gradient<T, TStored, TGradient>(
        Workers workers, DispatchPlan plan, ExpertRange experts, Matrix<TStored> rows, Matrix<T> weights, Matrix<TGradient> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
        where TGradient : unmanaged
    {
        Require.Shape("ExpertsBias.Gradient", weights, plan.Tokens, plan.Slots);
        Each(workers, plan, experts, rows, gradient, (of, column, count, first, target) =>
        {
            Vector512<T> sum = default;
            for (var row = 0; row < of.Rows; row++)
            {
                var weight = weights[plan.RowToken[first + row], plan.RowSlot[first + row]];
                sum = Simd.Fma(Vector512.Create(weight), Stored.Load<T, TStored>(of.Pointer + (row * of.RowStride) + column, count), sum);
            }

            Stored.Store(Stored.Load<T, TGradient>((TGradient*)target, count) + sum, (TGradient*)target, count);
        });
    }

    /// <summary>
    /// dWeights += ⟨dOut, bias⟩ of every row of a block: an expert's output is <c>a·W_downᵀ + bias</c>, of which the first term's part is there already.
    /// On the calling thread.
    /// </summary>
    /// <param name="dOut">[rows, dim], the output's gradient at the block's tokens.</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="block">Which rows.</param>
    /// <param name="bias">[1, dim], that of the block's expert.</param>
    /// <param name="dWeights">[tokens, K]: the entries of the block's pairs are added to.</param>
    /// <exception cref="ArgumentException">The shapes do not fit the block.</exception>
    public static void AddToRouting<T, TStored>(Matrix<TStored> dOut, DispatchPlan plan, ExpertBlock block, Matrix<TStored> bias, Matrix<T> dWeights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
    {
        Require.Shape("ExpertsBias.AddToRouting", dOut, block.Rows, bias.Columns);
        Require.Shape("ExpertsBias.AddToRouting", bias, 1, bias.Columns);
        for (var row = 0; row < block.Rows; row++)
        {
            dWeights[plan.RowToken[block.First + row], plan.RowSlot[block.First + row]] +=
                Dot<T, TStored>(dOut.Pointer + (row * dOut.RowStride), bias.Pointer, bias.Columns);
        }
    }

    private static T Dot<T, TStored>(TStored* a, TStored* b, nint length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
    {
        Vector512<T> sum = default;
        nint i = 0;
        for (; i <= length - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            sum = Simd.Fma(Stored.Load<T, TStored>(a + i, Vector512<T>.Count), Stored.Load<T, TStored>(b + i, Vector512<T>.Count), sum);
        }

        if (i < length)
        {
            sum = Simd.Fma(Stored.Load<T, TStored>(a + i, length - i), Stored.Load<T, TStored>(b + i, length - i), sum);
        }

        return Simd.SumLanes(sum);
    }

    /// <summary>What a task does: some columns of one expert's rows, the first of which is that row of the plan, and where their sum goes.</summary>
    private delegate void Columns<TStored>(Matrix<TStored> rows, int column, int count, int first, void* target)
        where TStored : unmanaged;

    private static void Each<TStored, TGradient>(
        Workers workers, DispatchPlan plan, ExpertRange experts, Matrix<TStored> rows, Matrix<TGradient> gradient, Columns<TStored> columns)
        where TStored : unmanaged
        where TGradient : unmanaged
    {
        Require.RowMajor("ExpertsBias.Gradient", rows);
        Require.Shape("ExpertsBias.Gradient", gradient, plan.ExpertCount, rows.Columns);
        var lanes = Bias.Lanes<TStored>();
        var cuts = (rows.Columns + lanes - 1) / lanes;
        workers.Run(experts.Count * cuts, task =>
        {
            var (expert, column) = (experts.First + (task / cuts), task % cuts * lanes);
            var target = gradient.Pointer + (expert * gradient.RowStride) + column;
            columns(experts.RowsOf(rows, plan, expert), column, Math.Min(lanes, rows.Columns - column), plan.Offsets[expert], target);
        });
    }
}
