using System.Numerics;
using MoeSharp.Modules;
using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Training;

/// <summary>AdamW by the CPU kernels, over the tensors' own memory.</summary>
internal sealed unsafe class KernelRange<T> : FlatRange
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // The views below only look: the tensors are kept for as long as they are used.
    private readonly Tensor[] _owners;
    private readonly FlatSpan<T> _weights;
    private readonly FlatSpan<T> _gradient;
    private readonly FlatSpan<T> _mean;
    private readonly FlatSpan<T> _square;
    private readonly nint _start;
    private readonly long _decayed;

    public KernelRange(Tensor weights, Tensor gradient, Tensor mean, Tensor square, (long Start, long Count, long Decayed) range)
    {
        _owners = [weights, gradient, mean, square];
        _weights = Span(weights, range.Start, range.Count);
        _gradient = Span(gradient, range.Start, range.Count);
        _mean = Span(mean, range.Start, range.Count);
        _square = Span(square, range.Start, range.Count);
        (_start, _decayed) = ((nint)range.Start, range.Decayed);
    }

    public override double GradientNorm()
    {
        var norm = Runtime.GradientNorm.Compute(Workers.Shared, _gradient);
        GC.KeepAlive(_owners);
        return norm;
    }

    public override void Step(AdamWSettings settings, double learningRate, long step, double gradientScale, Tensor? narrow)
    {
        FlatAdamW.Step(
            Workers.Shared,
            _weights,
            _gradient,
            _mean,
            _square,
            _decayed,
            learningRate,
            settings.Beta1,
            settings.Beta2,
            settings.Epsilon,
            settings.WeightDecay,
            step,
            gradientScale,
            zeroGradient: true,
            narrow is null ? default : new FlatSpan<BFloat16>(TensorMemory.Pointer<BFloat16>(narrow) + _start, _weights.Length));
        GC.KeepAlive(_owners);
        GC.KeepAlive(narrow);
    }

    public override void Dispose()
    {
    }

    private static FlatSpan<T> Span(Tensor flat, long start, long count) => new(TensorMemory.Pointer<T>(flat) + start, (nint)count);
}
