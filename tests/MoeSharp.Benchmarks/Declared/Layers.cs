namespace MoeSharp.Benchmarks.Declared;

/// <summary>Few, wide experts: 96 rows each of 1024 tokens.</summary>
[Experts(64, Active = 6, Shared = 2, Dim = 1024, Hidden = 704)]
[Gate(Sigmoid)]
[BalanceBias]
public partial class Wide64;

/// <summary>DeepSeek-V3's counts: 64 rows each of 2048 tokens.</summary>
[Experts(256, Active = 8, Shared = 1, Dim = 1024, Hidden = 256)]
[Gate(Sigmoid)]
[BalanceBias]
public partial class Wide256;

/// <summary>A small layer: 48 rows each of 512 tokens.</summary>
[Experts(64, Active = 6, Shared = 2, Dim = 512, Hidden = 192)]
[Gate(Sigmoid)]
[BalanceBias]
public partial class Narrow64;
