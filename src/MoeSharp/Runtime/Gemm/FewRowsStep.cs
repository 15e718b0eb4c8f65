using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>What one step of the depth is in <see cref="FewRowsBlocks.Float"/>.</summary>
internal unsafe interface IFewRowsStep
{
    /// <summary>Numbers of a row of a that a step multiplies.</summary>
    static abstract int Numbers { get; }

    /// <summary>Adds the products of one step to 16 columns of one row.</summary>
    /// <param name="a">The step's numbers.</param>
    /// <param name="w">What the 16 columns have in this step, in four bytes each.</param>
    /// <param name="sum">The sums.</param>
    static abstract Vector512<float> Add(float* a, Vector512<float> w, Vector512<float> sum);
}

/// <summary>A step in float: one number.</summary>
internal readonly unsafe struct FloatStep : IFewRowsStep
{
    public static int Numbers => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(float* a, Vector512<float> w, Vector512<float> sum) => Vector512.FusedMultiplyAdd(Vector512.Create(*a), w, sum);
}
