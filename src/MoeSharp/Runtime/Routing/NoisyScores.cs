using System.Numerics;
using System.Numerics.Tensors;

namespace MoeSharp.Runtime;

/// <summary>Noise on router logits, one row, one token: ε ~ N(0, 1) times an amplitude that is learned.</summary>
public static unsafe class NoisyScores
{
    // Columns of the noise vector's gradient that one task sums: a cache line of the widest type.
    private const int ColumnsPerTask = 8;

    /// <summary><c>h = logits + ε ⊙ softplus(amplitude)</c> (Shazeer 2017, arXiv 1701.06538 eq. 4); <paramref name="h"/> may be none of the others' memory.</summary>
    public static void Softplus<T>(ReadOnlySpan<T> logits, ReadOnlySpan<T> amplitude, ReadOnlySpan<T> noise, Span<T> h)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < h.Length; i++)
        {
            // max(a, 0) + log(1 + exp(−|a|)): no exponential overflows.
            h[i] = logits[i] + (noise[i] * (T.Max(amplitude[i], T.Zero) + T.LogP1(T.Exp(-T.Abs(amplitude[i])))));
        }
    }

    /// <summary>The amplitude's gradient, <c>dH ⊙ ε ⊙ σ(amplitude)</c>; that of the logits is dH itself.</summary>
    public static void SoftplusBackward<T>(ReadOnlySpan<T> dH, ReadOnlySpan<T> amplitude, ReadOnlySpan<T> noise, Span<T> dAmplitude)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < dH.Length; i++)
        {
            dAmplitude[i] = dH[i] * noise[i] / (T.One + T.Exp(-amplitude[i]));
        }
    }

    /// <summary><c>h = logits + ε ⊙ n</c>, n <c>[1, N]</c> the same for every token.</summary>
    public static void Vector<T, TWeight>(ReadOnlySpan<T> logits, Matrix<TWeight> n, ReadOnlySpan<T> noise, Span<T> h)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TWeight : unmanaged
    {
        fixed (T* row = h)
        {
            Stored.Copy<T, TWeight, T>(n.Pointer, row, h.Length);
        }

        for (var i = 0; i < h.Length; i++)
        {
            h[i] = logits[i] + (noise[i] * h[i]);
        }
    }

    /// <summary>A token's share of the gradient of n, <c>dH ⊙ ε</c>; that of the logits is dH itself.</summary>
    public static void VectorBackward<T>(ReadOnlySpan<T> dH, ReadOnlySpan<T> noise, Span<T> dNoise)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Multiply(dH, noise, dNoise);

    /// <summary><c>dN += Σ_t dNoise_t</c>, tokens in their order.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dNoise"><c>[tokens, N]</c>: <c>dH_t ⊙ ε_t</c>.</param>
    /// <param name="dN"><c>[1, N]</c>, added to.</param>
    public static void VectorGradient<T, TGradient>(Workers workers, Matrix<T> dNoise, Matrix<TGradient> dN)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TGradient : unmanaged
    {
        ArgumentNullException.ThrowIfNull(workers);
        Require.Shape("NoisyScores.VectorGradient", dN, 1, dNoise.Columns);
        workers.For(dNoise.Columns, ColumnsPerTask, (first, end) =>
        {
            var sum = stackalloc T[ColumnsPerTask];
            new Span<T>(sum, ColumnsPerTask).Clear();
            for (var token = 0; token < dNoise.Rows; token++)
            {
                for (var i = first; i < end; i++)
                {
                    sum[i - first] += dNoise[token, i];
                }
            }

            // The sum is in T whatever the gradient is in: it is rounded once.
            Stored.Add<T, T, TGradient>(sum, dN.Pointer + first, end - first);
        });
    }
}
