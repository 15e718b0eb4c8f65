using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <content>Activations of networks with two matrices, biases, and the shared experts' gate.</content>
public static partial class TorchOps
{
    private static readonly TorchSharp.Scalar s_half = 0.5;
    private static readonly TorchSharp.Scalar s_minusHalf = -0.5;
    private static readonly TorchSharp.Scalar s_rootOfHalf = Math.Sqrt(0.5);
    private static readonly TorchSharp.Scalar s_normal = 1 / Math.Sqrt(2 * Math.PI);

    /// <summary><c>x·Φ(x)</c> by the error function (arXiv 1606.08415): <c>F.gelu</c> as it is by default.</summary>
    public static Tensor Gelu(Tensor x) => x.gelu();

    /// <summary><c>dX = dY·(Φ(x) + x·e^(−x²/2)/√(2π))</c>.</summary>
    public static Tensor GeluBackward(Tensor dY, Tensor x)
    {
        var wide = Wide(x);
        var phi = (wide * s_rootOfHalf).erf().add(Scalars.One) * s_half;
        return (Wide(dY) * (phi + (wide * (wide * wide * s_minusHalf).exp() * s_normal))).to(dY.dtype);
    }

    /// <summary><c>max(x, 0)</c>.</summary>
    public static Tensor Relu(Tensor x) => x.relu();

    /// <summary><c>dX = dY</c> where x is above 0, 0 elsewhere.</summary>
    public static Tensor ReluBackward(Tensor dY, Tensor x) => dY * x.gt(Scalars.Of(0)).to(dY.dtype);

    /// <summary><c>gradient += Σ rows of dY</c>, summed in fp32 at least.</summary>
    public static void AddBiasGradient(Tensor gradient, Tensor dY) => gradient.add_(Wide(dY).sum(dim: 0).to(gradient.dtype));

    /// <summary><c>sigmoid(z)·x</c>, z one logit a token in fp32 at least.</summary>
    public static Tensor SigmoidScale(Tensor x, Tensor z) => (Wide(x) * z.sigmoid()).to(x.dtype);

    /// <summary>With <c>σ = sigmoid(z)</c>: <c>dX = σ·dY</c>, <c>dZ = ⟨dY, x⟩·σ·(1 − σ)</c>.</summary>
    public static (Tensor DX, Tensor DZ) SigmoidScaleBackward(Tensor dY, Tensor x, Tensor z)
    {
        var (sigma, wide) = (z.sigmoid(), Wide(dY));
        return ((wide * sigma).to(x.dtype), (wide * Wide(x)).sum([-1], true) * sigma * (Scalars.One - sigma));
    }
}
