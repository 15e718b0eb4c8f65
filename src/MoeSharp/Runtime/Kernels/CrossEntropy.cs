using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>The cross-entropy of softmax(logits) with one target a token, as <c>torch.nn.functional.cross_entropy(reduction="sum")</c>.</summary>
public static unsafe class CrossEntropy
{
    /// <summary>The target of a token that does not count.</summary>
    public const int IgnoreIndex = -100;

    /// <summary>Σ over tokens of −log softmax(logits)[target], and its gradient times <paramref name="scale"/> in place of the logits.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="logits">[tokens, vocab]; overwritten with (softmax − onehot) · scale, zero where the target is <see cref="IgnoreIndex"/>.</param>
    /// <param name="targets">[1, tokens].</param>
    /// <param name="scale">What the gradient is multiplied with: 1 / tokens for that of the mean.</param>
    /// <returns>The sum in nats, added in double in the order of the tokens; NaN when a counted logit is.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or a target is outside the vocabulary.</exception>
    public static double ForwardBackward<T>(Workers workers, Matrix<T> logits, Matrix<int> targets, double scale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Sum("CrossEntropy.ForwardBackward", workers, logits, targets, T.CreateTruncating(scale), backward: true);

    /// <summary>Σ over tokens of −log softmax(logits)[target]; the logits stay.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="logits">[tokens, vocab].</param>
    /// <param name="targets">[1, tokens].</param>
    /// <returns>The sum in nats, added in double in the order of the tokens; NaN when a counted logit is.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or a target is outside the vocabulary.</exception>
    public static double Forward<T>(Workers workers, Matrix<T> logits, Matrix<int> targets)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Sum("CrossEntropy.Forward", workers, logits, targets, T.Zero, backward: false);

    private static double Sum<T>(string kernel, Workers workers, Matrix<T> logits, Matrix<int> targets, T scale, bool backward)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(kernel, logits, targets);
        using var scratch = Scratch<double>.Rent(logits.Rows);
        var losses = scratch.Pointer;
        workers.For(logits.Rows, Elementwise.RowsPerTask(logits.Columns), (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                losses[row] = Row(logits.Pointer + (row * logits.RowStride), logits.Columns, targets[0, row], scale, backward);
            }
        });

        var sum = 0.0;
        for (var row = 0; row < logits.Rows; row++)
        {
            sum += losses[row];
        }

        return sum;
    }

    private static void Check<T>(string kernel, Matrix<T> logits, Matrix<int> targets)
        where T : unmanaged
    {
        Require.RowMajor(kernel, logits);
        Require.Shape(kernel, targets, 1, logits.Rows);
        if (targets.ColumnStride == 1 && !targets.Row(0).ContainsAnyExceptInRange(0, logits.Columns - 1))
        {
            return;
        }

        for (var token = 0; token < logits.Rows; token++)
        {
            if (targets[0, token] != IgnoreIndex && (uint)targets[0, token] >= (uint)logits.Columns)
            {
                throw new ArgumentException(
                    $"{kernel}: targets[{token}] is {targets[0, token]}, but logits is [{logits.Rows}, {logits.Columns}]: "
                    + $"targets run from 0 to {logits.Columns - 1}, or are {IgnoreIndex} for a token that does not count.",
                    nameof(targets));
            }
        }
    }

    private static double Row<T>(T* logits, int vocab, int target, T scale, bool backward)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (target == IgnoreIndex)
        {
            if (backward)
            {
                new Span<T>(logits, vocab).Clear();
            }

            return 0;
        }

        var max = Simd.Max(logits, vocab);
        var chosen = double.CreateTruncating(logits[target]);
        var sum = SumExp(logits, max, vocab, backward);
        if (backward)
        {
            Scale(logits, scale / sum, vocab);
            logits[target] -= scale;
        }

        return Math.Log(double.CreateTruncating(sum)) + (double.CreateTruncating(max) - chosen);
    }

    /// <summary>Σ e^(x − max); keeps the terms in place of x when asked.</summary>
    private static T SumExp<T>(T* x, T max, nint length, bool keep)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var shift = Vector512.Create(max);
        Vector512<T> sum = default;
        nint i = 0;
        for (; i <= length - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            var term = Simd.Exp(Vector512.Load(x + i) - shift);
            sum += term;
            if (keep)
            {
                term.Store(x + i);
            }
        }

        if (i < length)
        {
            // The lanes beyond the end are not terms.
            T* last = stackalloc T[Vector512<T>.Count];
            Simd.Exp(Simd.Load(x + i, length - i) - shift).Store(last);
            new Span<T>(last + (length - i), (int)(Vector512<T>.Count - (length - i))).Clear();
            var term = Vector512.Load(last);
            sum += term;
            if (keep)
            {
                Simd.Store(term, x + i, length - i);
            }
        }

        return Simd.SumLanes(sum);
    }

    private static void Scale<T>(T* x, T factor, nint length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint i = 0;
        for (; i <= length - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            (Vector512.Load(x + i) * factor).Store(x + i);
        }

        for (; i < length; i++)
        {
            x[i] *= factor;
        }
    }
}
