using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Narrow;

/// <summary>A theory that needs the processor's instruction for pairs of bfloat16: skipped, with the reason, on a machine without.</summary>
internal sealed class PairTheoryAttribute : TheoryAttribute
{
    public PairTheoryAttribute() => Skip = Missing;

    /// <summary>Why it cannot be tested here; null where it can.</summary>
    public static string? Missing => PairTiles.AreSupported
        ? null
        : "No AVX512_BF16 here (AMD has it since Zen 4, Intel in Xeons), or no system that lets a process write code (64-bit Linux does).";
}

/// <summary>As <see cref="PairTheoryAttribute"/>, a single fact.</summary>
internal sealed class PairFactAttribute : FactAttribute
{
    public PairFactAttribute() => Skip = PairTheoryAttribute.Missing;
}
