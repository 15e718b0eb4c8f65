namespace MoeSharp.Generators.Spec.Balance;

/// <summary>DeepSeek-V2, arXiv 2405.04434 eq. 29–31.</summary>
internal static class CommunicationBalanceRow
{
    public static readonly BalanceRow Row = new("CommunicationBalance", "communication_balance", 0.02)
    {
        Equation = "Σ_d f''_d·P''_d, f'' of the tokens sent to a device",
        Class = "CommunicationBalanceLoss",
        Options = [new("PerSequence", 0), new("Limit", 0)],
        Scope = BalanceTable.PerSequence,
        Counts = BalanceCounts.Devices,
        Constant = Constancy.OfDevices,
        IsOverDevices = true,
        Arguments = (spec, loss) => [BalanceTable.Devices(spec), new("limit", Limit(spec, loss))],
    };

    /// <summary>M: as given, or the groups a token reaches where groups are devices, or as many devices as its experts can lie on.</summary>
    public static int Limit(ModelSpec spec, BalanceLossSpec loss)
    {
        var experts = spec.Experts!;
        return spec.Declares("CommunicationBalance.Limit") ? (int)loss["Limit"]
            : spec.Gate.IsGroupLimited && spec.Gate.Groups == experts.Devices ? Math.Min(spec.Gate.TopGroups, experts.Active)
            : Math.Min(experts.Devices, experts.Active);
    }
}
