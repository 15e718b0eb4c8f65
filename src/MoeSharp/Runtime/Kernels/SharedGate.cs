using System.Numerics;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>The gate of the shared experts (Qwen2-MoE): a token's row times <c>σ = sigmoid(z)</c>, z its logit.</summary>
public static unsafe class SharedGate
{
    /// <summary>y = σ(z)·x, row by row.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="x">[tokens, dim], the shared experts' output.</param>
    /// <param name="z">[tokens, 1], the logits.</param>
    /// <param name="y">[tokens, dim], overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Forward<T>(Workers workers, Matrix<T> x, Matrix<T> z, Matrix<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const string Kernel = "SharedGate.Forward";
        Require.RowMajor(Kernel, x);
        Require.Shape(Kernel, z, x.Rows, 1);
        Require.Shape(Kernel, y, x.Rows, x.Columns);
        workers.For(x.Rows, Elementwise.RowsPerTask(x.Columns), (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                Scale(Sigmoid(z[row, 0]), x.Pointer + (row * x.RowStride), y.Pointer + (row * y.RowStride), x.Columns);
            }
        });
    }

    /// <summary>dX = σ·dY; dZ = ⟨dY, x⟩·σ·(1 − σ).</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dY">[tokens, dim].</param>
    /// <param name="x">[tokens, dim], from forward.</param>
    /// <param name="z">[tokens, 1], from forward.</param>
    /// <param name="dX">[tokens, dim], overwritten.</param>
    /// <param name="dZ">[tokens, 1], overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Backward<T>(Workers workers, Matrix<T> dY, Matrix<T> x, Matrix<T> z, Matrix<T> dX, Matrix<T> dZ)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const string Kernel = "SharedGate.Backward";
        Require.RowMajor(Kernel, x);
        Require.Shape(Kernel, dY, x.Rows, x.Columns);
        Require.Shape(Kernel, z, x.Rows, 1);
        Require.Shape(Kernel, dX, x.Rows, x.Columns);
        Require.Shape(Kernel, dZ, x.Rows, 1);
        workers.For(x.Rows, Elementwise.RowsPerTask(2 * x.Columns), (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                var upstream = dY.Pointer + (row * dY.RowStride);
                var sigma = Sigmoid(z[row, 0]);
                dZ[row, 0] = Simd.Dot(upstream, x.Pointer + (row * x.RowStride), x.Columns) * sigma * (T.One - sigma);
                Scale(sigma, upstream, dX.Pointer + (row * dX.RowStride), x.Columns);
            }
        });
    }

    private static T Sigmoid<T>(T z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Simd.Sigmoid(Vector512.Create(z))[0];

    private static void Scale<T>(T factor, T* x, T* y, nint length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var factors = Vector512.Create(factor);
        nint i = 0;
        for (; i <= length - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            Simd.Store(factors * Simd.Load(x + i, Vector512<T>.Count), y + i, Vector512<T>.Count);
        }

        if (i < length)
        {
            Simd.Store(factors * Simd.Load(x + i, length - i), y + i, length - i);
        }
    }
}
