using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>
/// The pairs of a token and an expert sorted by expert, tokens ascending, in TorchSharp's operations: the counterpart of <see cref="DispatchPlan"/>. The
/// number of rows of each expert comes to the host, as it does in every eager implementation.
/// </summary>
public sealed class TorchDispatch
{
    private readonly Tensor _order;
    private readonly long[] _counts;
    private readonly long _tokens;
    private readonly long _active;

    /// <summary>Sorts the pairs.</summary>
    /// <param name="experts">The chosen experts, int64 <c>[tokens, K]</c>; −1 for a slot without one, which has no row.</param>
    /// <param name="count">Experts, N.</param>
    public TorchDispatch(Tensor experts, int count)
    {
        (_tokens, _active) = (experts.shape[0], experts.shape[1]);
        var flat = experts.flatten();
        var counts = (flat + Scalars.One).to(ScalarType.Int64).bincount(null, count + 1).cpu().data<long>().ToArray();

        // Slots without an expert come first, and are left out.
        _counts = counts[1..];
        _order = sort(flat, 0, descending: false, stable: true).Indices.narrow(0, counts[0], _counts.Sum());
        RowExpert = flat.index_select(0, _order);
        RowToken = floor_divide(_order, tensor(_active, device: experts.device));
    }

    /// <summary>The token of every row, <c>[rows]</c>: K·tokens of them where every slot has an expert.</summary>
    public Tensor RowToken { get; }

    /// <summary>The expert of every row, <c>[rows]</c>.</summary>
    public Tensor RowExpert { get; }

    /// <summary>Each expert's rows times its weight: <c>x·wᵀ</c>.</summary>
    /// <param name="x">Rows, <c>[rows, in]</c>.</param>
    /// <param name="weights"><c>[N, out, in]</c>.</param>
    public Tensor Multiply(Tensor x, Tensor weights) => PerExpert(x, (rows, expert) => rows.matmul(weights[expert].t()));

    /// <summary>Each expert's rows times its weight, the other way: <c>dY·w</c>.</summary>
    public Tensor MultiplyBackward(Tensor dY, Tensor weights) => PerExpert(dY, (rows, expert) => rows.matmul(weights[expert]));

    /// <summary><c>gradient[e] += dYᵀ·x</c> over the rows of every expert that has any.</summary>
    public void AddWeightGradient(Tensor gradient, Tensor dY, Tensor x)
    {
        long first = 0;
        for (var expert = 0; expert < _counts.Length; expert++)
        {
            if (_counts[expert] > 0)
            {
                using var target = gradient[expert];
                target.add_(dY.narrow(0, first, _counts[expert]).t().matmul(x.narrow(0, first, _counts[expert])));
            }

            first += _counts[expert];
        }
    }

    /// <summary>The bias of every row's expert, <c>[rows, width]</c>.</summary>
    /// <param name="biases"><c>[N, width]</c>.</param>
    public Tensor BiasOfRows(Tensor biases) => biases.index_select(0, RowExpert);

    /// <summary><c>gradient[e] += Σ rows of dY</c> of every expert that has any, summed in fp32 at least.</summary>
    public void AddBiasGradient(Tensor gradient, Tensor dY)
    {
        long first = 0;
        for (var expert = 0; expert < _counts.Length; expert++)
        {
            if (_counts[expert] > 0)
            {
                using var target = gradient[expert];
                TorchOps.AddBiasGradient(target, dY.narrow(0, first, _counts[expert]));
            }

            first += _counts[expert];
        }
    }

    /// <summary><c>Σ_k weights_k·row_k</c> of every token, in slot order, summed in the weights' type; in the rows' type.</summary>
    public Tensor Combine(Tensor rows, Tensor weights) =>
        (BySlot(rows).to(weights.dtype) * weights.unsqueeze(-1)).sum(1).to(rows.dtype);

    /// <summary>The sum of every token's rows.</summary>
    public Tensor ScatterSum(Tensor rows) => TorchOps.Wide(BySlot(rows)).sum(1).to(rows.dtype);

    /// <summary>One number a row to <c>[tokens, K]</c>.</summary>
    public Tensor ToSlots(Tensor perRow) =>
        zeros(_tokens * _active, dtype: perRow.dtype, device: perRow.device).index_copy(0, _order, perRow).view(_tokens, _active);

    /// <summary>One number a token and slot to <c>[K·tokens, 1]</c>, in the order of the rows.</summary>
    public Tensor OfPairs(Tensor perSlot) => perSlot.flatten().index_select(0, _order).unsqueeze(-1);

    private Tensor BySlot(Tensor rows) =>
        zeros(_tokens * _active, rows.shape[1], dtype: rows.dtype, device: rows.device).index_copy(0, _order, rows).view(_tokens, _active, -1);

    private Tensor PerExpert(Tensor x, Func<Tensor, int, Tensor> product)
    {
        var parts = new List<Tensor>();
        long first = 0;
        for (var expert = 0; expert < _counts.Length; expert++)
        {
            if (_counts[expert] > 0)
            {
                parts.Add(product(x.narrow(0, first, _counts[expert]), expert));
            }

            first += _counts[expert];
        }

        return parts.Count > 0 ? cat(parts, 0) : product(x, 0);
    }
}
