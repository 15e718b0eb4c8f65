using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Training;

/// <summary>A run of trainable elements of the flat buffers, and AdamW over it.</summary>
internal abstract class FlatRange : IDisposable
{
    /// <summary>Makes a range: with kernels on the CPU in float32 and float64, with tensor operations elsewhere.</summary>
    /// <param name="weights">[n], all parameters.</param>
    /// <param name="gradient">[n].</param>
    /// <param name="mean">[n], first moment.</param>
    /// <param name="square">[n], second moment.</param>
    /// <param name="range">First element, number of elements, and how many of them, from the first on, decay.</param>
    /// <param name="kernels">Forces one or the other.</param>
    public static FlatRange Of(Tensor weights, Tensor gradient, Tensor mean, Tensor square, (long Start, long Count, long Decayed) range, bool? kernels)
    {
        var able = weights.device_type == DeviceType.CPU && weights.dtype is ScalarType.Float32 or ScalarType.Float64;
        if (!(kernels ?? able))
        {
            return new OperationRange(weights, gradient, mean, square, range);
        }

        return weights.dtype == ScalarType.Float64
            ? new KernelRange<double>(weights, gradient, mean, square, range)
            : new KernelRange<float>(weights, gradient, mean, square, range);
    }

    /// <summary>The L2 norm of the gradient.</summary>
    public abstract double GradientNorm();

    /// <summary>One step; leaves the gradient zero.</summary>
    /// <param name="settings">The settings of AdamW.</param>
    /// <param name="learningRate">The learning rate of this step.</param>
    /// <param name="step">The number of this step, from 1.</param>
    /// <param name="gradientScale">What the gradient is multiplied with first.</param>
    /// <param name="narrow">[n], the whole copy of the weights in bfloat16, which the range keeps right; null where there is none.</param>
    public abstract void Step(AdamWSettings settings, double learningRate, long step, double gradientScale, Tensor? narrow);

    /// <inheritdoc/>
    public abstract void Dispose();
}
