namespace MoeSharp.Generators.Spec.Balance;

/// <summary>DeepSeekMoE, arXiv 2401.06066 eq. 15–17; within a sequence DeepSeek-V2, arXiv 2405.04434 eq. 26–28.</summary>
internal static class DeviceBalanceRow
{
    public static readonly BalanceRow Row = new("DeviceBalance", "device_balance", 0.05)
    {
        Equation = "Σ_d f'_d·P'_d, f' the mean of f over a device, P' the sum of P",
        Class = "DeviceBalanceLoss",
        Options = [new("PerSequence", 0)],
        Scope = BalanceTable.PerSequence,
        IsOverDevices = true,
        Arguments = (spec, _) => [BalanceTable.Active(spec), BalanceTable.Devices(spec)],
    };
}
