using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>Router logits to scores and back: one row, one token.</summary>
public static unsafe class Scores
{
    /// <summary><c>s = 1 / (1 + exp(−logits))</c>, elementwise (DeepSeek-V3, arXiv 2412.19437 eq. 15).</summary>
    public static void Sigmoid<T>(ReadOnlySpan<T> logits, Span<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* source = logits, target = s)
        {
            for (nint i = 0; i < s.Length; i += Vector512<T>.Count)
            {
                Simd.Store(Simd.Sigmoid(Simd.Load(source + i, s.Length - i)), target + i, s.Length - i);
            }
        }
    }

    /// <summary>In place, <c>dS</c> becomes the gradient of the logits: <c>dS·s·(1 − s)</c>.</summary>
    public static void SigmoidBackward<T>(ReadOnlySpan<T> s, Span<T> dS)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < s.Length; i++)
        {
            dS[i] *= s[i] * (T.One - s[i]);
        }
    }

    /// <summary><c>s = exp(logits − max) / Σ exp(logits − max)</c> (DeepSeekMoE, arXiv 2401.06066 eq. 5).</summary>
    public static void Softmax<T>(ReadOnlySpan<T> logits, Span<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorPrimitives.Subtract(logits, TensorPrimitives.Max(logits), s);
        fixed (T* score = s)
        {
            for (nint i = 0; i < s.Length; i += Vector512<T>.Count)
            {
                Simd.Store(Simd.Exp(Simd.Load(score + i, s.Length - i)), score + i, s.Length - i);
            }
        }

        // One by one from the left: the sum must not depend on where the row lies in memory.
        var sum = T.Zero;
        foreach (var e in s)
        {
            sum += e;
        }

        TensorPrimitives.Divide(s, sum, s);
    }

    /// <summary>In place, <c>dS</c> becomes the gradient of the logits: <c>s·(dS − Σ dS·s)</c>.</summary>
    public static void SoftmaxBackward<T>(ReadOnlySpan<T> s, Span<T> dS)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var inner = T.Zero;
        for (var i = 0; i < s.Length; i++)
        {
            inner += dS[i] * s[i];
        }

        for (var i = 0; i < s.Length; i++)
        {
            dS[i] = s[i] * (dS[i] - inner);
        }
    }
}
