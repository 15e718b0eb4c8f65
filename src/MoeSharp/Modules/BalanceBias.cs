using System.Numerics;
using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>
/// The balance biases of a module's gates (arXiv 2408.15664): fp32 whatever the module's type, moved once after each optimiser step. They are
/// buffers of the module, so that they are saved with it.
/// </summary>
internal sealed class BalanceBias(IReadOnlyList<string> names, int experts, double rate)
{
    private readonly Tensor[] _buffers = [.. names.Select(_ => zeros(experts, dtype: ScalarType.Float32).DetachFromDisposeScope())];
    private readonly Lock _gate = new();
    private Array? _copies;

    public IReadOnlyList<string> Names => names;

    public Tensor this[int layer]
    {
        get => _buffers[layer];
        set => _buffers[layer] = value;
    }

    /// <summary>A layer's bias in a kernel's type, <c>[1, N]</c>: a copy, good until the next call of <see cref="Refresh"/>.</summary>
    public unsafe Matrix<T> As<T>(int layer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var copies = _copies as T[] ?? throw new InvalidOperationException("The balance bias was read before a pass began.");
        return new Matrix<T>((T*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(copies, layer * experts), 1, experts);
    }

    /// <summary>Brings the kernels' copies up to date with the buffers, which a checkpoint, or anybody, may have written.</summary>
    public void Refresh<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        lock (_gate)
        {
            var copies = _copies as T[] ?? GC.AllocateArray<T>(names.Count * experts, pinned: true);
            for (var layer = 0; layer < names.Count; layer++)
            {
                var values = _buffers[layer].data<float>();
                for (var expert = 0; expert < experts; expert++)
                {
                    copies[(layer * experts) + expert] = T.CreateTruncating(values[expert]);
                }
            }

            _copies = copies;
        }
    }

    /// <summary><c>b_i += γ·sign(mean(c) − c_i)</c> in every layer that counted a token.</summary>
    public void Update(long[][] loads)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        for (var layer = 0; layer < names.Count; layer++)
        {
            var counts = loads[layer];
            var total = counts.Sum();
            if (total == 0)
            {
                continue;
            }

            // mean(c) > c_i, in whole numbers: the sum against N·c_i.
            var step = counts.Select(count => (float)(rate * Math.Sign(total - (count * counts.Length)))).ToArray();
            _buffers[layer].add_(tensor(step, device: _buffers[layer].device));
        }
    }
}
