namespace MoeSharp.Generators.Spec.Balance;

/// <summary>Switch, arXiv 2101.03961 eq. 4; its first-choice form GShard, arXiv 2006.16668 algorithm 1; Hugging Face's <c>load_balancing_loss_func</c>.</summary>
internal static class SwitchBalanceRow
{
    public static readonly BalanceRow Row = new("SwitchBalance", "switch_balance", 0.01)
    {
        Equation = "N/divisor·Σ_i (c_i/T)·P_i",
        Class = "SwitchBalanceLoss",
        Options = [new("Dialect", (double)BalanceDialect.Megatron), new("FirstChoice", 0), new("GlobalBatch", 0)],
        Constant = (spec, loss) => loss["FirstChoice"] == 1 ? Constancy.OfOneExpert(spec, loss) : Constancy.OfCounts(spec, loss),
        Scope = loss => IsHuggingFace(loss) ? BalanceScope.Layers : loss["GlobalBatch"] == 1 ? BalanceScope.Step : BalanceScope.Batch,
        Arguments = (spec, loss) => loss["FirstChoice"] == 1
            ? [new("divisor", 1), new("firstChoice", 1)]
            : [new("divisor", IsHuggingFace(loss) ? 1 : spec.Experts!.Active)],
    };

    private static bool IsHuggingFace(BalanceLossSpec loss) => loss["Dialect"] == (double)BalanceDialect.HuggingFace;
}
