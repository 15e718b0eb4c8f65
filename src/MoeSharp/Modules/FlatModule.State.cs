using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <content>What TorchSharp expects of a module: <c>to</c>, <c>state_dict</c>, <c>load_state_dict</c>, <c>zero_grad</c>.</content>
public abstract partial class FlatModule
{
    // TorchSharp releases a Scalar that only a native call holds when the collector runs: constants are kept.
    private static readonly Scalar StandardDeviation = 0.02;

    /// <summary>
    /// The parameters and balance biases under Hugging Face's names: packed experts appear one by one, packed projections apart. All are views: what is
    /// written into them is written into the module.
    /// </summary>
    /// <remarks>TorchSharp's own <c>Sequential</c> does not ask the modules in it: its dictionary has the packed parameters by their own names, and loads them so.</remarks>
    public override Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
    {
        destination ??= [];
        var dot = string.IsNullOrEmpty(prefix) ? string.Empty : prefix + ".";
        foreach (var info in Parameters.Layout)
        {
            // A parent lists the packed parameters by their own names before it comes here.
            destination.Remove(dot + info.Name);
            foreach (var entry in info.State)
            {
                destination[dot + entry.Name] = FlatParameters.View(Parameters.Weights, info, entry);
            }
        }

        foreach (var (name, parameter) in named_parameters(recurse: false).Where(named => !Owns(named.Item1)))
        {
            destination[dot + name] = parameter;
        }

        foreach (var (name, buffer) in named_buffers(recurse: false))
        {
            destination[dot + name] = buffer;
        }

        foreach (var (name, child) in named_children())
        {
            child.state_dict(destination, dot + name);
        }

        return destination;
    }

    /// <summary>Copies a state dictionary with Hugging Face's names into the module.</summary>
    /// <exception cref="ArgumentException">A tensor's shape is not the module's.</exception>
    public override (IList<string>, IList<string>) load_state_dict(Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        foreach (var (name, mine) in state_dict())
        {
            if (skip?.Contains(name) != true && source.TryGetValue(name, out var theirs) && !mine.shape.SequenceEqual(theirs.shape))
            {
                throw new ArgumentException(
                    $"'{name}' is [{string.Join(", ", mine.shape)}] in {GetName()} and [{string.Join(", ", theirs.shape)}] in the state dictionary: they are not the same model.",
                    nameof(source));
            }
        }

        Parameters.WeightsChanged();
        return base.load_state_dict(source, strict, skip);
    }

    /// <summary>Clears the gradients of autograd and the flat one of compiled steps.</summary>
    public override void zero_grad(bool set_to_none = true)
    {
        base.zero_grad(set_to_none);
        if (set_to_none && !ReusesMemory)
        {
            _gradients.Forget();
        }

        Parameters.ZeroGradient();
    }

    /// <inheritdoc/>
    protected override nn.Module _to(Device device, ScalarType dtype, bool non_blocking)
    {
        Move(device, dtype);
        return WithBias(() => base._to(device, dtype, non_blocking));
    }

    /// <inheritdoc/>
    protected override nn.Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
    {
        Move(new Device(deviceType, deviceIndex), null);
        return WithBias(() => base._to(deviceType, deviceIndex, non_blocking));
    }

    /// <inheritdoc/>
    protected override nn.Module _to(ScalarType dtype, bool non_blocking)
    {
        Move(null, dtype);
        return WithBias(() => base._to(dtype, non_blocking));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _gradients.Forget();
            Parameters.Dispose();
            ReleaseProgram();
        }
    }

    internal bool Owns(string parameter) => Parameters.Table.Contains(parameter);

    /// <summary>
    /// TorchSharp's own <c>to</c>, after the flat buffer has moved: it finds our parameters where they shall be, and moves what the user's half of the class
    /// has beside them, and children. The balance biases move and stay fp32.
    /// </summary>
    private nn.Module WithBias(Func<nn.Module> to)
    {
        using var scope = NewDisposeScope();
        var biases = Enumerable.Range(0, Bias?.Names.Count ?? 0).Select(layer => Bias![layer].clone()).ToList();
        var updates = Bias?.Updates?.clone();
        to();
        foreach (var (layer, before) in biases.Index())
        {
            Bias![layer] = Moved(Bias.Names[layer], before);
        }

        if (updates is not null)
        {
            Bias!.Updates = Moved(BalanceBias.Counter, updates);
        }

        return this;

        // In its own type, whatever the module's is now.
        Tensor Moved(string name, Tensor before)
        {
            var moved = before.to(before.dtype, Parameters.Weights.device, copy: true).DetachFromDisposeScope();
            named_buffers(recurse: false).First(named => named.Item1 == name).Item2.Dispose();
            ConditionallyRegisterBuffer(name, moved);
            return moved;
        }
    }

    /// <summary>Moves the flat buffer and makes the parameters views of the new one.</summary>
    private void Move(Device? device, ScalarType? dtype)
    {
        var (toDevice, toType) = (device ?? Parameters.Weights.device, dtype ?? DType);
        if (toType is not (ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16 or ScalarType.Float16))
        {
            throw new ArgumentException($"{GetName()} cannot be {toType}: its parameters are floating-point numbers. Use Float32, Float64, BFloat16 or Float16.", nameof(dtype));
        }

        // As in TorchSharp, nothing is replaced that is there already: optimisers and gradients stay good.
        var from = Parameters.Weights;
        if (toType == DType && toDevice.type == from.device_type && (toDevice.index == -1 || toDevice.index == from.device_index))
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var frozen = named_parameters(recurse: false).Where(named => !named.Item2.requires_grad).Select(named => named.Item1).ToHashSet();
        Parameters.Replace(Parameters.Weights.to(toType, toDevice, copy: true).DetachFromDisposeScope());
        RegisterViews(name => !frozen.Contains(name));
        ReleaseProgram();
    }

    /// <summary>Makes every parameter a view of the flat buffer; gradients of the old ones are carried over.</summary>
    private void RegisterViews(Func<string, bool> requiresGrad)
    {
        var old = named_parameters(recurse: false).ToDictionary(named => named.Item1, named => named.Item2);
        var gradients = new List<(Leaf, Tensor)>();
        foreach (var info in Parameters.Layout)
        {
            var parameter = new Parameter(FlatParameters.View(Parameters.Weights, info), requiresGrad(info.Name));
            parameter.DetachFromDisposeScope();
            if (old.TryGetValue(info.Name, out var before))
            {
                if (before.grad is { } gradient)
                {
                    gradients.Add((new Leaf(info, parameter, parameter.requires_grad), gradient));
                }

                before.Dispose();
            }

            ConditionallyRegisterParameter(info.Name, parameter);
        }

        _gradients.Carry(gradients, Parameters.Weights);
    }
}
