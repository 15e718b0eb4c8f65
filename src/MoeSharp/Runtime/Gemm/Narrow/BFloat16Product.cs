namespace MoeSharp.Runtime;

/// <summary>A product in bfloat16 on one thread: by the processor's own instruction where it has one, by libtorch otherwise.</summary>
internal static class BFloat16Product
{
    /// <summary>c = a·b, or c += a·b, of <see cref="float"/> or <see cref="BFloat16"/> each; no extent is zero. A product of few rows asks for what is read soon.</summary>
    public static void Compute<TA, TB, TC>(Matrix<TA> a, Matrix<TB> b, Matrix<TC> c, bool accumulate, in RowsSoon soon = default)
        where TA : unmanaged
        where TB : unmanaged
        where TC : unmanaged
    {
        var isFew = FewPairs.Computes(a, b);
        if (!PairTiles.AreSupported && !isFew)
        {
            TorchProduct.Compute(a, b, c, accumulate);
            return;
        }

        using var left = PairOperand.Of(a);
        using var right = PairOperand.Of(b);
        if (isFew)
        {
            FewPairs.Compute(left.Matrix, right.Matrix, c, accumulate, soon);
        }
        else
        {
            PairProduct.Compute(left.Matrix, right.Matrix, c, accumulate);
        }
    }
}
