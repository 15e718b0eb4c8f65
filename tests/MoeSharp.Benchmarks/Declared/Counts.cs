namespace MoeSharp.Benchmarks.Declared;

// One layer at constant active FLOPs, its experts from 8 to 256: what does their number cost?

/// <summary>8 experts, 4 active.</summary>
[Experts(8, Active = 4, Dim = 512, Hidden = 256), Gate(Sigmoid), BalanceBias]
public partial class Of8;

/// <summary>16 experts, 4 active.</summary>
[Experts(16, Active = 4, Dim = 512, Hidden = 256), Gate(Sigmoid), BalanceBias]
public partial class Of16;

/// <summary>32 experts, 4 active.</summary>
[Experts(32, Active = 4, Dim = 512, Hidden = 256), Gate(Sigmoid), BalanceBias]
public partial class Of32;

/// <summary>64 experts, 4 active.</summary>
[Experts(64, Active = 4, Dim = 512, Hidden = 256), Gate(Sigmoid), BalanceBias]
public partial class Of64;

/// <summary>128 experts, 4 active.</summary>
[Experts(128, Active = 4, Dim = 512, Hidden = 256), Gate(Sigmoid), BalanceBias]
public partial class Of128;

/// <summary>256 experts, 4 active.</summary>
[Experts(256, Active = 4, Dim = 512, Hidden = 256), Gate(Sigmoid), BalanceBias]
public partial class Of256;
