using System.Numerics;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>The length of the gradient, which clipping and the log want.</summary>
public static unsafe class GradientNorm
{
    private const int ElementsPerTask = 1 << 16;

    /// <summary>√Σ g², as <c>torch.nn.utils.clip_grad_norm_</c> returns it; the squares are added in double, chunk after chunk.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="gradient">All gradients of the model.</param>
    /// <returns>The L2 norm; NaN or ∞ when an element is.</returns>
    public static double Compute<T>(Workers workers, FlatSpan<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var tasks = checked((int)((gradient.Length + ElementsPerTask - 1) / ElementsPerTask));
        using var scratch = Scratch<double>.Rent(tasks);
        var sums = scratch.Pointer;
        workers.Run(tasks, task =>
        {
            var first = (nint)task * ElementsPerTask;
            var length = nint.Min(ElementsPerTask, gradient.Length - first);
            sums[task] = typeof(T) == typeof(float)
                ? SumOfSquares((float*)(gradient.Pointer + first), length)
                : Simd.SumOfSquares((double*)(gradient.Pointer + first), length);
        });

        var sum = 0.0;
        for (var task = 0; task < tasks; task++)
        {
            sum += sums[task];
        }

        return Math.Sqrt(sum);
    }

    private static double SumOfSquares(float* x, nint length)
    {
        Vector512<double> s0 = default, s1 = default, s2 = default, s3 = default;
        nint i = 0;
        for (; i <= length - 32; i += 32)
        {
            var (a, b) = Vector512.Widen(Vector512.Load(x + i));
            var (c, d) = Vector512.Widen(Vector512.Load(x + i + 16));
            s0 = Vector512.FusedMultiplyAdd(a, a, s0);
            s1 = Vector512.FusedMultiplyAdd(b, b, s1);
            s2 = Vector512.FusedMultiplyAdd(c, c, s2);
            s3 = Vector512.FusedMultiplyAdd(d, d, s3);
        }

        var sum = Simd.SumLanes((s0 + s1) + (s2 + s3));
        for (; i < length; i++)
        {
            sum += (double)x[i] * x[i];
        }

        return sum;
    }
}
