namespace MoeSharp.Generators.Spec.Balance;

/// <summary>Shazeer et al. 2017, arXiv 1701.06538 appendix A.</summary>
internal static class LoadLossRow
{
    public static readonly BalanceRow Row = new("LoadLoss", "load_loss", 0.1)
    {
        Equation = "popvar(L)/(mean(L)² + 1e-10), L_i = Σ_t Φ((logit_i − threshold)/softplus(noise_i))",
        Class = "LoadLoss",
        Path = BalancePath.Noise,
    };
}
