using System.Numerics;
using MoeSharp.Runtime;
using TorchSharp;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MoeSharp.Modules;

/// <summary>
/// The balance biases of a module's gates (arXiv 2408.15664): fp32 whatever the module's type, moved once after each optimiser step. They are
/// buffers of the module, so that they are saved with it; so is the number of steps taken, where the rate falls to 0 after some.
/// </summary>
internal sealed class BalanceBias(IReadOnlyList<string> names, GateInfo gates)
{
    /// <summary>The name of the buffer that counts the steps.</summary>
    public const string Counter = "balance_updates";

    private readonly int _experts = gates.Experts;
    private readonly Tensor[] _buffers = [.. names.Select(_ => zeros(gates.Experts, dtype: ScalarType.Float32).DetachFromDisposeScope())];
    private readonly Lock _gate = new();
    private Array? _copies;

    public IReadOnlyList<string> Names => names;

    /// <summary>Steps taken, int64 <c>[1]</c>; null where the rate never changes.</summary>
    public Tensor? Updates { get; set; } = gates.BiasUntil > 0 ? zeros(1, dtype: ScalarType.Int64).DetachFromDisposeScope() : null;

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
        return new Matrix<T>((T*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(copies, layer * _experts), 1, _experts);
    }

    /// <summary>Brings the kernels' copies up to date with the buffers, which a checkpoint, or anybody, may have written.</summary>
    public void Refresh<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        lock (_gate)
        {
            var copies = _copies as T[] ?? GC.AllocateArray<T>(names.Count * _experts, pinned: true);
            for (var layer = 0; layer < names.Count; layer++)
            {
                var values = _buffers[layer].data<float>();
                for (var expert = 0; expert < _experts; expert++)
                {
                    copies[(layer * _experts) + expert] = T.CreateTruncating(values[expert]);
                }
            }

            _copies = copies;
        }
    }

    /// <summary>Moves the biases of every layer that counted a token, unless the last step that moves them is past.</summary>
    public void Update(long[][] loads)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (Updates is not null)
        {
            var taken = Updates.cpu().item<long>();
            Updates.add_(ones_like(Updates));
            if (taken >= gates.BiasUntil)
            {
                return;
            }
        }

        for (var layer = 0; layer < names.Count; layer++)
        {
            if (Array.Exists(loads[layer], count => count > 0))
            {
                Add(Step(loads[layer]), _buffers[layer]);
            }
        }
    }

    /// <summary>Sets all to zero.</summary>
    public void Reset()
    {
        Updates?.zero_();
        foreach (var buffer in _buffers)
        {
            buffer.zero_();
        }
    }

    // In a step torch's code is in no cache: where the numbers are at hand they are added here.
    private static void Add(float[] step, Tensor bias)
    {
        if (bias.device_type != DeviceType.CPU || !bias.is_contiguous())
        {
            bias.add_(tensor(step, device: bias.device));
            return;
        }

        var values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bias.bytes);
        TensorPrimitives.Add(values, step, values);
    }

    private float[] Step(long[] counts)
    {
        // mean(c) − c_i, N-fold, in whole numbers.
        var total = counts.Sum();
        var missing = Array.ConvertAll(counts, count => total - (count * counts.Length));
        var signs = Array.ConvertAll(missing, each => Math.Sign(each));
        var rate = gates.BiasRate!.Value;
        return gates.BiasUpdate switch
        {
            BiasUpdate.Proportional => Array.ConvertAll(missing, each => (float)(rate * each / counts.Length)),
            BiasUpdate.MeanCentred => Array.ConvertAll(signs, sign => (float)(rate * (sign - signs.Average()))),
            _ => Array.ConvertAll(signs, sign => (float)(rate * sign)),
        };
    }
}
