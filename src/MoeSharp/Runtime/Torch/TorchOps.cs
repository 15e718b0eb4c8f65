using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>
/// The operations that libtorch lacks, or whose backward is wanted without autograd, written in TorchSharp's own. They are called under
/// <c>no_grad</c> and give the numbers of the kernels of the same names.
/// </summary>
public static partial class TorchOps
{
    /// <summary>The tensor in fp32 at least: float64 stays, anything narrower is widened.</summary>
    public static Tensor Wide(Tensor x) => x.dtype is ScalarType.Float32 or ScalarType.Float64 ? x : x.to(ScalarType.Float32);

    /// <summary><c>y = x·rstd·w</c>, <c>rstd = rsqrt(mean(x²) + eps)</c> (arXiv 1910.07467), in fp32 at least.</summary>
    /// <returns>y, <c>[tokens, dim]</c>; rstd, <c>[tokens, 1]</c>, wide.</returns>
    public static (Tensor Y, Tensor Rstd) RmsNorm(Tensor x, Tensor weight, double eps)
    {
        var wide = Wide(x);
        var rstd = (wide * wide).mean([-1], true).add(Scalars.Of(eps)).rsqrt();
        return ((wide * rstd * Wide(weight)).to(x.dtype), rstd);
    }

    /// <summary>With <c>x̂ = x·rstd</c>: <c>dX = rstd·(dY·w − x̂·mean(dY·w·x̂))</c>; <c>dWeight += Σ_t dY·x̂</c>.</summary>
    public static Tensor RmsNormBackward(Tensor dY, Tensor x, Tensor weight, Tensor rstd, Tensor dWeight)
    {
        var (wide, normed) = (Wide(dY), Wide(x) * rstd);
        dWeight.add_((wide * normed).sum(dim: 0).to(dWeight.dtype)); // sum(0) would be a sum over all: 0 converts to ScalarType, too
        var scaled = wide * Wide(weight);
        return ((scaled - (normed * (scaled * normed).mean([-1], true))) * rstd).to(dY.dtype);
    }

    /// <summary><c>silu(gate) ⊙ up</c>; the left half of the columns is the gate (arXiv 2002.05202).</summary>
    public static Tensor SwiGlu(Tensor gateUp)
    {
        var (gate, up) = Halves(gateUp);
        return gate.sigmoid() * gate * up;
    }

    /// <summary>With <c>σ = sigmoid(gate)</c>: <c>dGate = dY·up·σ·(1 + gate·(1 − σ))</c>, <c>dUp = dY·gate·σ</c>.</summary>
    public static Tensor SwiGluBackward(Tensor dY, Tensor gateUp)
    {
        var (gate, up) = Halves(gateUp);
        var sigma = gate.sigmoid();
        var dGate = dY * up * sigma * (Scalars.One + (gate * (Scalars.One - sigma)));
        return cat([dGate, dY * gate * sigma], -1);
    }

    /// <summary>The indices of the K largest of each row in the order of <see cref="BestFirst"/>.</summary>
    public static Tensor TopK(Tensor scores, int active) => BestFirst(scores, -1).narrow(-1, 0, active).contiguous();

    /// <summary>
    /// The order of <see cref="Runtime.TopK"/>: greater first, equal ones by lower index, which <c>topk</c> does not promise and a stable sort does, NaN after
    /// every number. libtorch takes NaN for the greatest, so it is what is negated that is sorted, ascending.
    /// </summary>
    internal static Tensor BestFirst(Tensor scores, long dim) => sort(scores.neg(), dim, descending: false, stable: true).Indices;

    /// <summary>
    /// Group-limited routing: −∞ for the experts outside of the best groups. A group's score is the sum of its <paramref name="best"/> best: 1 is
    /// DeepSeek-V2's rule (arXiv 2405.04434 §2.2.2), 2 is DeepSeek-V3's (arXiv 2412.19437 §2.1.2).
    /// </summary>
    public static Tensor KeepGroups(Tensor choice, int groups, int keep, int best)
    {
        var tokens = choice.shape[0];
        var grouped = choice.view(tokens, groups, -1);

        // NaN, which is not chosen, counts as −∞.
        var (values, _) = grouped.masked_fill(grouped.isnan(), Scalars.Of(double.NegativeInfinity)).topk(best, -1, true, true);
        var kept = TopK(values.sum(-1), keep);
        var closed = ones(tokens, groups, dtype: ScalarType.Bool, device: choice.device).scatter(1, kept, zeros_like(kept, dtype: ScalarType.Bool));
        return grouped.masked_fill(closed.unsqueeze(-1), Scalars.Of(double.NegativeInfinity)).view(tokens, -1);
    }

    private static (Tensor Gate, Tensor Up) Halves(Tensor gateUp)
    {
        var hidden = gateUp.shape[^1] / 2;
        return (gateUp.narrow(-1, 0, hidden), gateUp.narrow(-1, hidden, hidden));
    }
}
