using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>
/// A step of the depth in bfloat16: a pair of a row of a, in float, with the pairs of 16 columns, the first number of each in the lower half of its lane. The
/// second product is added first, as the processor's own instruction does.
/// </summary>
internal readonly unsafe struct PairStep : IFewRowsStep<float, Vector512<float>>
{
    public static int Numbers => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(float* a, Vector512<float> w, Vector512<float> sum)
    {
        var first = (w.AsUInt32() << 16).AsSingle();
        var second = (w.AsUInt32() & Vector512.Create(0xFFFF0000u)).AsSingle();
        return Vector512.FusedMultiplyAdd(Vector512.Create(*a), first, Vector512.FusedMultiplyAdd(Vector512.Create(a[1]), second, sum));
    }
}
