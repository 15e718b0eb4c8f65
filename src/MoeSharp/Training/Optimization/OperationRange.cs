using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Training;

/// <summary>AdamW by tensor operations, on any device. It allocates no memory of the parameters' size: the denominator takes the gradient's place.</summary>
internal sealed class OperationRange : FlatRange
{
    private readonly long _start;
    private readonly Tensor _weights;
    private readonly Tensor _decayedWeights;
    private readonly Tensor _gradient;
    private readonly Tensor _mean;
    private readonly Tensor _square;

    public OperationRange(Tensor weights, Tensor gradient, Tensor mean, Tensor square, (long Start, long Count, long Decayed) range)
    {
        _start = range.Start;
        _weights = View(weights, range.Start, range.Count);
        _decayedWeights = View(weights, range.Start, range.Decayed);
        _gradient = View(gradient, range.Start, range.Count);
        _mean = View(mean, range.Start, range.Count);
        _square = View(square, range.Start, range.Count);
    }

    public override double GradientNorm()
    {
        using var norm = _gradient.norm();
        return norm.ToDouble();
    }

    // In-place operations return an alias in some versions and the tensor itself in others: their results are never used.
    public override void Step(AdamWSettings settings, double learningRate, long step, double gradientScale, Tensor? narrow)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        using Scalar scale = gradientScale;
        using Scalar decay = 1 - (learningRate * settings.WeightDecay);
        using Scalar beta1 = settings.Beta1, newMean = 1 - settings.Beta1;
        using Scalar beta2 = settings.Beta2, newSquare = 1 - settings.Beta2;
        using Scalar rootScale = 1 / Math.Sqrt(1 - Math.Pow(settings.Beta2, step));
        using Scalar epsilon = settings.Epsilon;
        using Scalar stepSize = -learningRate / (1 - Math.Pow(settings.Beta1, step));

        if (gradientScale != 1)
        {
            _gradient.mul_(scale);
        }

        _decayedWeights.mul_(decay);
        _mean.mul_(beta1);
        _mean.add_(_gradient, newMean);
        _square.mul_(beta2);
        _square.addcmul_(_gradient, _gradient, newSquare);
        _gradient.copy_(_square);
        _gradient.sqrt_();
        _gradient.mul_(rootScale);
        _gradient.add_(epsilon);
        _weights.addcdiv_(_mean, _gradient, stepSize);
        _gradient.zero_();
        narrow?.narrow(0, _start, _weights.numel()).copy_(_weights);
    }

    public override void Dispose()
    {
        _weights.Dispose();
        _decayedWeights.Dispose();
        _gradient.Dispose();
        _mean.Dispose();
        _square.Dispose();
    }

    private static Tensor View(Tensor flat, long start, long count) => flat.narrow(0, start, count).DetachFromDisposeScope();
}
