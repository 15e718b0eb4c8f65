using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>What one step of the depth is in a product of few rows.</summary>
/// <typeparam name="T">The type of a.</typeparam>
/// <typeparam name="TVector">A register: a column of the product a lane.</typeparam>
internal unsafe interface IFewRowsStep<T, TVector>
    where T : unmanaged
    where TVector : unmanaged
{
    /// <summary>Numbers of a row of a that a step multiplies.</summary>
    static abstract int Numbers { get; }

    /// <summary>Adds the products of one step to the columns of one row.</summary>
    /// <param name="a">The step's numbers.</param>
    /// <param name="w">What the columns have in this step.</param>
    /// <param name="sum">The sums.</param>
    static abstract TVector Add(T* a, TVector w, TVector sum);
}

/// <summary>A step of the depth in several rows.</summary>
internal static unsafe class FewRowsStep
{
    /// <summary>Adds the products of one step to up to four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<TRows, TStep, T, TVector>(T* a, nint aRow, TVector w, ref TVector c0, ref TVector c1, ref TVector c2, ref TVector c3)
        where TRows : unmanaged
        where TStep : struct, IFewRowsStep<T, TVector>
        where T : unmanaged
        where TVector : unmanaged
    {
        c0 = TStep.Add(a, w, c0);
        if (sizeof(TRows) > 1)
        {
            c1 = TStep.Add(a + aRow, w, c1);
        }

        if (sizeof(TRows) > 2)
        {
            c2 = TStep.Add(a + (2 * aRow), w, c2);
        }

        if (sizeof(TRows) > 3)
        {
            c3 = TStep.Add(a + (3 * aRow), w, c3);
        }
    }
}

/// <summary>A step in float: one number.</summary>
internal readonly unsafe struct FloatStep : IFewRowsStep<float, Vector512<float>>, IFewRowsStep<float, Vector256<float>>
{
    public static int Numbers => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(float* a, Vector512<float> w, Vector512<float> sum) => Vector512.FusedMultiplyAdd(Vector512.Create(*a), w, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(float* a, Vector256<float> w, Vector256<float> sum) => Vector256.FusedMultiplyAdd(Vector256.Create(*a), w, sum);
}

/// <summary>A step in double: one number.</summary>
internal readonly unsafe struct DoubleStep : IFewRowsStep<double, Vector512<double>>
{
    public static int Numbers => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Add(double* a, Vector512<double> w, Vector512<double> sum) => Vector512.FusedMultiplyAdd(Vector512.Create(*a), w, sum);
}
