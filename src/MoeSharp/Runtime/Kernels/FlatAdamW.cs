using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>AdamW (Loshchilov and Hutter, 2019, arXiv:1711.05101) over all parameters at once, with the semantics of <c>torch.optim.AdamW</c>.</summary>
public static unsafe class FlatAdamW
{
    private const int ElementsPerTask = 1 << 15;

    /// <summary>
    /// One step, one sweep: g = gradient · gradientScale; p ← p·(1 − lr·weightDecay); m ← m + (1 − beta1)(g − m); v ← beta2·v + (1 − beta2)·g²;
    /// p ← p − lr / (1 − beta1^step) · m / (√v / √(1 − beta2^step) + eps).
    /// </summary>
    /// <param name="workers">The threads.</param>
    /// <param name="weights">[n], updated.</param>
    /// <param name="gradient">[n]; left as it is, or zero.</param>
    /// <param name="m">[n], the first moment, updated; zero before the first step.</param>
    /// <param name="v">[n], the second moment, updated; zero before the first step.</param>
    /// <param name="decayCount">The first so many elements decay; those after them do not.</param>
    /// <param name="lr">Learning rate of this step.</param>
    /// <param name="beta1">How much of the first moment stays.</param>
    /// <param name="beta2">How much of the second moment stays.</param>
    /// <param name="eps">Added to the denominator.</param>
    /// <param name="weightDecay">Decoupled weight decay.</param>
    /// <param name="step">The number of this step; the first is 1.</param>
    /// <param name="gradientScale">What the gradient is multiplied with before use: the clip coefficient, 1 / accumulated batches.</param>
    /// <param name="zeroGradient">Leave the gradient zero for the next step.</param>
    /// <param name="narrow">[n], overwritten with the new weights, rounded; may be left out. For weights in <see cref="float"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is less than 1, or <paramref name="decayCount"/> is not within the weights.</exception>
    public static void Step<T>(
        Workers workers,
        FlatSpan<T> weights,
        FlatSpan<T> gradient,
        FlatSpan<T> m,
        FlatSpan<T> v,
        long decayCount,
        double lr,
        double beta1,
        double beta2,
        double eps,
        double weightDecay,
        long step,
        double gradientScale,
        bool zeroGradient,
        FlatSpan<BFloat16> narrow = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (narrow.Pointer != null && (narrow.Length != weights.Length || typeof(T) != typeof(float)))
        {
            throw new ArgumentException(
                $"FlatAdamW.Step: narrow has {narrow.Length} elements for {weights.Length} weights of {typeof(T).Name}; it must have as many, and the weights must be of Single.", nameof(narrow));
        }

        if (gradient.Length != weights.Length || m.Length != weights.Length || v.Length != weights.Length)
        {
            throw new ArgumentException(
                $"FlatAdamW.Step: weights has {weights.Length} elements, gradient {gradient.Length}, m {m.Length}, v {v.Length}; all must have as many.", nameof(gradient));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(decayCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(decayCount, weights.Length);
        var rule = new Rule<T>(lr, beta1, beta2, eps, step, gradientScale, zeroGradient);
        var decay = T.CreateTruncating(1 - (lr * weightDecay));
        var tasks = checked((int)((weights.Length + ElementsPerTask - 1) / ElementsPerTask));
        workers.Run(tasks, task =>
        {
            var first = (nint)task * ElementsPerTask;
            var end = nint.Min(first + ElementsPerTask, weights.Length);
            var border = nint.Clamp((nint)decayCount, first, end);
            rule.Apply(weights.Pointer + first, gradient.Pointer + first, m.Pointer + first, v.Pointer + first, decay, border - first);
            rule.Apply(weights.Pointer + border, gradient.Pointer + border, m.Pointer + border, v.Pointer + border, T.One, end - border);
            if (narrow.Pointer != null)
            {
                // While the task's weights are in cache.
                Stored.Copy((float*)weights.Pointer + first, narrow.Pointer + first, end - first);
            }
        });
    }

    /// <summary>The step's constants, and the step over one run of elements.</summary>
    private readonly struct Rule<T>(double lr, double beta1, double beta2, double eps, long step, double gradientScale, bool zeroGradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly T _gradientScale = T.CreateTruncating(gradientScale);
        private readonly T _oneMinusBeta1 = T.CreateTruncating(1 - beta1);
        private readonly T _beta2 = T.CreateTruncating(beta2);
        private readonly T _oneMinusBeta2 = T.CreateTruncating(1 - beta2);
        private readonly T _rootScale = T.CreateTruncating(1 / Math.Sqrt(1 - Math.Pow(beta2, step)));
        private readonly T _eps = T.CreateTruncating(eps);
        private readonly T _stepSize = T.CreateTruncating(lr / (1 - Math.Pow(beta1, step)));
        private readonly bool _zeroGradient = zeroGradient;

        public void Apply(T* weights, T* gradient, T* m, T* v, T decay, nint length)
        {
            // A copy in registers: the stores below could, for all the compiler knows, change the fields.
            var rule = this;
            nint i = 0;
            for (; i <= length - Vector512<T>.Count; i += Vector512<T>.Count)
            {
                Vector(rule, weights + i, gradient + i, m + i, v + i, decay, Vector512<T>.Count);
            }

            if (i < length)
            {
                Vector(rule, weights + i, gradient + i, m + i, v + i, decay, length - i);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Vector(in Rule<T> rule, T* weights, T* gradient, T* m, T* v, T decay, nint count)
        {
            var g = Simd.Load(gradient, count) * rule._gradientScale;
            var mean = Simd.Load(m, count);
            mean = Simd.Fma(g - mean, Vector512.Create(rule._oneMinusBeta1), mean);
            var square = Simd.Fma(g * g, Vector512.Create(rule._oneMinusBeta2), Simd.Load(v, count) * rule._beta2);
            var denominator = Simd.Fma(Vector512.Sqrt(square), Vector512.Create(rule._rootScale), Vector512.Create(rule._eps));
            var decayed = Simd.Load(weights, count) * decay;
            Simd.Store(decayed - (mean * rule._stepSize / denominator), weights, count);
            Simd.Store(mean, m, count);
            Simd.Store(square, v, count);
            if (rule._zeroGradient)
            {
                Simd.Store(Vector512<T>.Zero, gradient, count);
            }
        }
    }
}
