using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>Dropping in TorchSharp's operations: the counterpart of <see cref="Dropping"/>.</summary>
public static class TorchDropping
{
    /// <summary>The latest pairs go: all first choices come before all second ones, the tokens of each in their order.</summary>
    /// <param name="pass">The tokens, and which of them are padding.</param>
    /// <param name="sparseLayer">The layer, for the report.</param>
    /// <param name="experts">int64 <c>[tokens, K]</c>, the choice; −1 where a slot has none.</param>
    /// <param name="count">N.</param>
    /// <param name="groups">G.</param>
    /// <param name="factor">The budget as a multiple of the mean load.</param>
    /// <returns>The choice, −1 where it was dropped.</returns>
    public static Tensor ByPosition(TorchPass pass, int sparseLayer, Tensor experts, int count, int groups, double factor)
    {
        ArgumentNullException.ThrowIfNull(pass);
        var (rows, slots) = (experts.shape[0], experts.shape[1]);
        var order = arange(rows * slots, dtype: ScalarType.Int64, device: experts.device).view(rows, slots).t().flatten();
        return Keep(pass, sparseLayer, experts, count, groups, factor, order, exempt: null);
    }

    /// <summary>The pairs of the lowest scores go; of equal ones that of the later token, then of the later slot.</summary>
    /// <param name="pass">The tokens, and which of them are padding.</param>
    /// <param name="sparseLayer">The layer, for the report.</param>
    /// <param name="experts">int64 <c>[tokens, K]</c>, the choice; −1 where a slot has none.</param>
    /// <param name="scores"><c>[tokens, N]</c>, unbiased.</param>
    /// <param name="groups">G.</param>
    /// <param name="factor">The budget as a multiple of the mean load.</param>
    /// <param name="exempt">The part of the sequences whose pairs are never dropped, and take their places first.</param>
    /// <returns>The choice, −1 where it was dropped.</returns>
    public static Tensor ByScore(TorchPass pass, int sparseLayer, Tensor experts, Tensor scores, int groups, double factor, double exempt = 0)
    {
        ArgumentNullException.ThrowIfNull(pass);
        var chosen = scores.gather(1, experts.maximum(zeros_like(experts)));
        var spared = exempt > 0 ? Exempt(pass, exempt, chosen) : null;
        var priority = spared is null ? chosen : chosen.masked_fill(spared, Scalars.Of(double.PositiveInfinity));
        var order = TorchOps.BestFirst(priority.flatten(), 0);
        return Keep(pass, sparseLayer, experts, (int)scores.shape[1], groups, factor, order, spared);
    }

    /// <summary>The values of kept pairs, 0 for dropped ones: weights in forward, their gradients in backward.</summary>
    public static Tensor Zero(Tensor values, Tensor kept) => values.masked_fill(kept.lt(Scalars.Of(0)), Scalars.Of(0));

    /// <summary>Which pairs are of exempt sequences, <c>[tokens, K]</c>.</summary>
    private static Tensor Exempt(TorchPass pass, double exempt, Tensor like)
    {
        bool[] tokens = [.. Enumerable.Range(0, pass.Tokens).Select(token => pass.IsExempt(token / pass.Sequence, exempt))];
        return tensor(tokens, device: like.device).unsqueeze(-1).expand(like.shape);
    }

    /// <summary>Every pair's rank in its group by the order of pairs, against the places there are.</summary>
    private static Tensor Keep(TorchPass pass, int sparseLayer, Tensor experts, int count, int groups, double factor, Tensor order, Tensor? exempt)
    {
        var (slots, size) = ((int)experts.shape[1], tensor(count / groups, dtype: ScalarType.Int64, device: experts.device));
        var places = Dropping.Places(factor, pass.CountedTokens, slots, groups);

        // Padding, and slots without an expert, are of a group beyond the others.
        var none = full_like(experts, Scalars.Of(groups));
        var counted = pass.Mask(ScalarType.Float32).gt(Scalars.Of(0)).expand(experts.shape).logical_and(experts.ge(Scalars.Of(0)));
        var group = where(counted, floor_divide(experts, size), none).flatten();

        var (sorted, byGroup) = sort(group.index_select(0, order), 0, descending: false, stable: true);
        var pairs = order.index_select(0, byGroup);
        var sizes = group.bincount(null, groups + 1);
        var rank = arange(pairs.shape[0], dtype: ScalarType.Int64, device: experts.device) - (sizes.cumsum(0) - sizes).index_select(0, sorted);
        var fits = rank.lt(Scalars.Of(places));
        if (exempt is not null)
        {
            fits = fits.logical_or(exempt.flatten().index_select(0, pairs));
        }

        var real = sorted.lt(Scalars.Of(groups));
        pass.AddDropped(sparseLayer, real.logical_and(fits.logical_not()).sum().cpu().item<long>());
        var kept = where(real.logical_and(fits), experts.flatten().index_select(0, pairs), full_like(sorted, Scalars.Of(-1)));
        return zeros_like(kept).index_copy(0, pairs, kept).view(experts.shape);
    }
}
