using System.Diagnostics;
using MoeSharp.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>A layer of ours under autograd, as anyone's module would use it.</summary>
internal sealed class LayerRun : IDisposable
{
    private const int LeastWarmUps = 3;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(3);

    private readonly MoeLayer _layer;
    private readonly Tensor _data;
    private readonly Tensor _dy;

    /// <summary>Makes the layer in a type, and warms it up.</summary>
    public LayerRun(Func<MoeLayer> layer, int tokens, int dim, ScalarType dtype)
    {
        manual_seed(1);
        _layer = layer();
        _layer.to(dtype);

        // No gradient is kept from step to step: memory is used again, as PyTorch's allocator does with the small tensors of its experts.
        _layer.ReusesMemory = true;
        _data = randn(tokens, dim).to(dtype);
        _dy = randn(tokens, dim).to(dtype);

        // Until the JIT has compiled the small methods for the second time: it counts calls, and waits for a quiet moment.
        var watch = Stopwatch.StartNew();
        for (var warm = 0; warm < LeastWarmUps || watch.Elapsed < s_warmUp; warm++)
        {
            Seconds();
        }
    }

    /// <summary>Seconds of one forward and backward, from a gradient that is given. Gradients are fresh, as after <c>zero_grad(set_to_none)</c>.</summary>
    public double Seconds()
    {
        using var scope = NewDisposeScope();
        _layer.zero_grad(set_to_none: true);
        var x = _data.detach().requires_grad_(true);
        var watch = Stopwatch.StartNew();
        _layer.forward(x).backward([_dy]);
        return watch.Elapsed.TotalSeconds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _layer.Dispose();
        _data.Dispose();
        _dy.Dispose();
    }
}
