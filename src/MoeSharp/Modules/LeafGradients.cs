using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>
/// The flat buffer that the <c>grad</c> of a module's parameters are views of. Backward adds to it in place, as autograd would to each <c>grad</c>, without
/// a second buffer of the model's size. Whoever puts another tensor into a <c>grad</c> gets autograd's own accumulation.
/// </summary>
internal sealed class LeafGradients
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _lent = [];
    private Tensor? _flat;

    /// <summary>Lets a backward add to the buffer, and makes the leaves' <c>grad</c> its views; in the caller's scope. False where a <c>grad</c> is somebody else's.</summary>
    /// <param name="call">The call; its leaves that want no gradient keep what they have.</param>
    /// <param name="add">Adds the gradients of all parameters to the buffer, of which it is told whether it is fresh.</param>
    public bool TryAdd(ModuleCall call, Action<Tensor, bool> add)
    {
        if (call.Weights!.device_type != TorchSharp.DeviceType.CPU)
        {
            return false; // addresses cannot be compared there, and the caching allocator gives buffers back at once
        }

        lock (_gate)
        {
            var fresh = false;
            var wanted = call.Leaves.Where(leaf => leaf.Wanted && leaf.Parameter.requires_grad).ToList();
            var missing = wanted.Where(leaf => leaf.Parameter.grad is null).ToList();
            if (_flat is null || (missing.Count == wanted.Count && wanted.Count > 0))
            {
                if (missing.Count < wanted.Count)
                {
                    return false;
                }

                if (_flat is null || !call.Module.ReusesMemory || !call.TryRenew(_flat))
                {
                    // The buffer of before may still be somebody's who kept a grad: never zeroed under his hands.
                    Release();
                    _flat = call.FreshGradient(call.Weights).DetachFromDisposeScope();
                }

                _lent.Clear();
                fresh = true;
            }
            else if (!wanted.TrueForAll(leaf => IsMine(leaf) || (leaf.Parameter.grad is null && !_lent.Contains(leaf.Info.Name))))
            {
                return false;
            }
            else
            {
                // Was frozen until now: what lies there is nobody's.
                missing.ForEach(leaf => FlatParameters.View(_flat, leaf.Info).zero_());
            }

            add(_flat, fresh);
            missing.ForEach(leaf => Lend(leaf));
            return true;
        }
    }

    /// <summary>Takes over gradients that exist already, in the weights' new type and place.</summary>
    public void Carry(IEnumerable<(Leaf Leaf, Tensor Gradient)> gradients, Tensor weights)
    {
        lock (_gate)
        {
            Release();
            foreach (var (leaf, gradient) in gradients)
            {
                _flat ??= LargeTensor.ZerosLike(weights).DetachFromDisposeScope();
                FlatParameters.View(_flat, leaf.Info).copy_(gradient);
                Lend(leaf);
            }
        }
    }

    /// <summary>Lets go of the buffer; a <c>grad</c> that is a view of it keeps it.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            Release();
        }
    }

    private void Release()
    {
        _flat?.Dispose();
        _flat = null;
        _lent.Clear();
    }

    private void Lend(Leaf leaf)
    {
        using var view = FlatParameters.View(_flat!, leaf.Info);
        leaf.Parameter.grad = view;
        _lent.Add(leaf.Info.Name);
    }

    private unsafe bool IsMine(Leaf leaf)
    {
        using var gradient = leaf.Parameter.grad;
        return gradient is not null
            && gradient.dtype == _flat!.dtype
            && gradient.device_type == TorchSharp.DeviceType.CPU
            && gradient.is_contiguous()
            && gradient.numel() == leaf.Info.Elements
            && TensorMemory.Pointer<byte>(gradient) == TensorMemory.Pointer<byte>(_flat) + (nint)(leaf.Info.Offset * _flat.element_size());
    }
}
