using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>The counterpart of <see cref="NoisyLoad"/> in TorchSharp's operations, in float64 as there.</summary>
public static class TorchNoisyLoad
{
    /// <summary>Every token's smooth loads, <c>[tokens, N]</c>.</summary>
    /// <param name="logits">Clean logits.</param>
    /// <param name="amplitude">The noise before the softplus.</param>
    /// <param name="noise">ε.</param>
    /// <param name="active">K, less than N.</param>
    public static Tensor Loads(Tensor logits, Tensor amplitude, Tensor noise, int active)
    {
        var (z, _, _) = Of(logits, amplitude, noise, active);
        return (z * Scalars.Of(Math.Sqrt(0.5))).erf().add(Scalars.One).mul(Scalars.Of(0.5));
    }

    /// <summary>The gradients of the logits and of the amplitude, <c>[tokens, N]</c> each.</summary>
    /// <param name="pass">The mask.</param>
    /// <param name="logits">Clean logits.</param>
    /// <param name="amplitude">The noise before the softplus.</param>
    /// <param name="noise">ε.</param>
    /// <param name="active">K, less than N.</param>
    /// <param name="gradient">What the loads receive.</param>
    public static (Tensor Logits, Tensor Amplitude) Backward(TorchPass pass, Tensor logits, Tensor amplitude, Tensor noise, int active, BalanceGradient gradient)
    {
        var (z, sigma, threshold) = Of(logits, amplitude, noise, active);
        var dLoads = tensor(gradient.Loads, dtype: ScalarType.Float64, device: logits.device);
        var density = (z * z * Scalars.Of(-0.5)).exp() * Scalars.Of(1 / Math.Sqrt(Math.Tau));
        var received = dLoads * density / sigma * pass.Mask(ScalarType.Float64);
        var dThreshold = zeros_like(received).scatter_add(1, threshold, received.neg());
        var dSigma = (dThreshold * noise.to(ScalarType.Float64)) - (received * z);
        return ((received + dThreshold).to(logits.dtype), (dSigma * amplitude.to(ScalarType.Float64).sigmoid()).to(logits.dtype));
    }

    private static (Tensor Z, Tensor Sigma, Tensor Threshold) Of(Tensor logits, Tensor amplitude, Tensor noise, int active)
    {
        // H as the gate made it, in its type: which expert is the threshold must be what it is there.
        var h = logits + (noise * amplitude.softplus());
        var best = TorchOps.TopK(h, active + 1);
        var among = zeros_like(h).scatter_add(1, best.narrow(1, 0, active), ones_like(best, dtype: h.dtype).narrow(1, 0, active).contiguous()).gt(Scalars.Of(0));
        var threshold = where(among, best.narrow(1, active, 1).expand(h.shape), best.narrow(1, active - 1, 1).expand(h.shape));
        var sigma = amplitude.to(ScalarType.Float64).softplus();
        return ((logits.to(ScalarType.Float64) - h.gather(1, threshold).to(ScalarType.Float64)) / sigma, sigma, threshold);
    }
}
