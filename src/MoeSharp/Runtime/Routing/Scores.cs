using System.Numerics;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>Router logits to scores and back, a token a row.</summary>
public static unsafe class Scores
{
    /// <summary><c>s = 1 / (1 + exp(−logits))</c> of the tokens of a task.</summary>
    /// <param name="first">The task's first token.</param>
    /// <param name="end">The one after its last.</param>
    /// <param name="logits"><c>[tokens, N]</c>.</param>
    /// <param name="s"><c>[tokens, N]</c>, overwritten from the first token to the last.</param>
    public static void Sigmoid<T>(int first, int end, Matrix<T> logits, Matrix<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (logits.RowStride == logits.Columns && s.RowStride == s.Columns)
        {
            // As one row: no register is filled in part but the last.
            var count = (end - first) * s.Columns;
            Sigmoid(new ReadOnlySpan<T>(logits.Pointer + (first * logits.RowStride), count), new Span<T>(s.Pointer + (first * s.RowStride), count));
            return;
        }

        for (var t = first; t < end; t++)
        {
            Sigmoid(logits.Row(t), s.Row(t));
        }
    }

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
        fixed (T* score = s, gradient = dS)
        {
            for (nint i = 0; i < s.Length; i += Vector512<T>.Count)
            {
                var v = Simd.Load(score + i, s.Length - i);
                Simd.Store(Simd.Load(gradient + i, s.Length - i) * (v * (Vector512<T>.One - v)), gradient + i, s.Length - i);
            }
        }
    }

    /// <summary><c>s = exp(logits − max) / Σ exp(logits − max)</c> (DeepSeekMoE, arXiv 2401.06066 eq. 5).</summary>
    public static void Softmax<T>(ReadOnlySpan<T> logits, Span<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* source = logits, score = s)
        {
            Exponentials(source, score, s.Length);

            // One by one from the left: the sum must not depend on where the row lies in memory.
            var sum = T.Zero;
            foreach (var e in s)
            {
                sum += e;
            }

            Divide(score, sum, s.Length);
        }
    }

    /// <summary><c>s = softmax(logits)</c> of the tokens of a task.</summary>
    /// <param name="first">The task's first token.</param>
    /// <param name="end">The one after its last.</param>
    /// <param name="logits"><c>[tokens, N]</c>.</param>
    /// <param name="s"><c>[tokens, N]</c>, overwritten from the first token to the last; it may be the logits' memory.</param>
    public static void Softmax<T>(int first, int end, Matrix<T> logits, Matrix<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var part = s.RowRange(first, end - first);
        for (var t = 0; t < part.Rows; t++)
        {
            Exponentials(logits.Pointer + ((first + t) * logits.RowStride), part.Pointer + (t * part.RowStride), part.Columns);
        }

        using var sums = Scratch<T>.Rent(part.Rows);
        TokenLanes.Sums(part, sums.Pointer);
        for (var t = 0; t < part.Rows; t++)
        {
            Divide(part.Pointer + (t * part.RowStride), sums.Pointer[t], part.Columns);
        }
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

        fixed (T* score = s, gradient = dS)
        {
            for (nint i = 0; i < s.Length; i += Vector512<T>.Count)
            {
                var centred = Simd.Load(gradient + i, s.Length - i) - Vector512.Create(inner);
                Simd.Store(Simd.Load(score + i, s.Length - i) * centred, gradient + i, s.Length - i);
            }
        }
    }

    private static void Exponentials<T>(T* logits, T* s, nint count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var max = Vector512.Create(Simd.Max(logits, count));
        for (nint i = 0; i < count; i += Vector512<T>.Count)
        {
            Simd.Store(Simd.Exp(Simd.Load(logits + i, count - i) - max), s + i, count - i);
        }
    }
    private static void Divide<T>(T* s, T sum, nint count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (nint i = 0; i < count; i += Vector512<T>.Count)
        {
            Simd.Store(Simd.Load(s + i, count - i) / Vector512.Create(sum), s + i, count - i);
        }
    }
}
