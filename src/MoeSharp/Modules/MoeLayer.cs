using MoeSharp.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>
/// A mixture-of-experts layer, <c>nn.Module&lt;Tensor, Tensor&gt;</c>: what <c>[Experts]</c> without <c>[Transformer]</c> generates. It goes into any
/// TorchSharp model; the residual belongs to the block around it. A declared balance loss is not part of the output: in training its gradient is added
/// in backward, as Megatron's auxiliary-loss scaler does, whatever the gradient from above. There is no second derivative: with <c>create_graph</c>
/// autograd answers that the derivative for nextafter, which stands for the layer's, is not implemented.
/// </summary>
public abstract class MoeLayer(string name, ParameterLayout layout, GateInfo gates, int dim) : FlatModule(name, layout, gates)
{
    /// <summary>Width of input and output.</summary>
    public int Dim => dim;

    /// <summary>Runs the layer.</summary>
    /// <remarks>
    /// Every forward in training mode, under <c>no_grad</c> too, enters <see cref="FlatModule.Loads"/> and <see cref="FlatModule.BalanceLoss"/> and draws random
    /// numbers of its own. Activation checkpointing around the layer runs it twice: its tokens are then counted twice. A bias that moves by the sign does not
    /// notice, a proportional one moves twice as far; the gradient of the balance losses is added once. With noise, jitter, a random second expert or exempt
    /// sequences the second run chooses otherwise than the first, unless <see cref="FlatModule.GateRandomState"/> is set back before it. Who only wants to look
    /// calls <c>eval()</c> first.
    /// </remarks>
    /// <param name="input"><c>[B, S, dim]</c>, B sequences, or <c>[T, dim]</c>, one sequence; of the module's type and device.</param>
    /// <returns>The same shape: the weighted experts' outputs plus the shared experts'.</returns>
    /// <exception cref="ArgumentException">Shape, type or device is not the layer's.</exception>
    public override Tensor forward(Tensor input) => forward(input, null);

    /// <summary>Runs the layer on sequences with padding.</summary>
    /// <param name="input"><c>[B, S, dim]</c> or <c>[T, dim]</c>.</param>
    /// <param name="mask"><c>[B, S]</c> or <c>[T]</c>, bool: true for tokens, false for padding, which enters no count and no balance loss.</param>
    /// <exception cref="ArgumentException">Shape, type or device is not the layer's.</exception>
    public Tensor forward(Tensor input, Tensor? mask)
    {
        Check(input);
        var shape = input.shape;
        var tokens = checked((int)(input.numel() / dim));
        var sequence = checked((int)shape[^2]);
        if (tokens == 0)
        {
            return input * Zero;
        }

        var settings = Drawing(new PassSettings(tokens, sequence, training) { Mask = Masked(mask, shape), AuxiliaryScale = AuxiliaryLossScale });
        return ModuleFunction.Run(new Call { Module = this, Settings = settings, OutputShape = shape, Program = Program() }, input);
    }

    private static readonly Scalar Zero = 0;

    /// <summary>The CPU lowering, in float.</summary>
    protected abstract LayerProgram KernelsFloat();

    /// <summary>The CPU lowering, in double.</summary>
    protected abstract LayerProgram KernelsDouble();

    /// <summary>The CPU lowering, in bfloat16.</summary>
    protected abstract LayerProgram KernelsBFloat16();

    /// <summary>The lowering to TorchSharp's operations.</summary>
    protected abstract LayerProgram TorchOperations();

    internal LayerProgram Program() => Program(KernelsFloat, KernelsDouble, KernelsBFloat16, TorchOperations);

    private static bool[]? Masked(Tensor? mask, long[] shape)
    {
        if (mask is null)
        {
            return null;
        }

        if (mask.dtype != ScalarType.Bool || !mask.shape.SequenceEqual(shape[..^1]))
        {
            throw new ArgumentException(
                $"The mask is {mask.dtype} [{string.Join(", ", mask.shape)}]; for an input of [{string.Join(", ", shape)}] it must be Bool [{string.Join(", ", shape[..^1])}], true for tokens and false for padding.",
                nameof(mask));
        }

        using var scope = NewDisposeScope();
        return mask.cpu().contiguous().data<bool>().ToArray();
    }

    private void Check(Tensor input)
    {
        var shape = input.shape;
        if (shape.Length is not (2 or 3) || shape[^1] != dim)
        {
            throw new ArgumentException($"{GetName()} takes [B, S, {dim}] or [T, {dim}], and was given [{string.Join(", ", shape)}].", nameof(input));
        }

        if (input.dtype != DType || input.device_type != Parameters.Weights.device_type)
        {
            throw new ArgumentException(
                $"{GetName()} is {DType} on {Parameters.Weights.device}, and its input is {input.dtype} on {input.device}. Move one of them with to().", nameof(input));
        }
    }

    private sealed class Call : ModuleCall
    {
        public required LayerProgram Program { get; init; }

        public override Tensor Keep(Tensor input) => input;

        public override Tensor Watch(Tensor weights, Tensor input)
        {
            using var detached = input.detach();
            using var nothing = detached.narrow(-1, 0, 0);
            return nothing.view(Settings.Tokens, 0);
        }

        public override Tensor Forward(Tensor weights, Tensor input, List<Tensor>? saved) => Program.Forward(weights, Rows(input), Settings, saved);

        protected override bool OverwritesExperts => Program.OverwritesExperts;

        public override bool KeepsOneBuffer => Program.KeepsOneBuffer;

        public override Tensor? Backward(Tensor weights, Tensor input, IReadOnlyList<Tensor> saved, Tensor outputGradient, Tensor gradient, bool fresh) =>
            Program.Backward(weights, Rows(input), Settings with { FreshGradient = fresh }, saved, outputGradient, gradient).view(input.shape);

        private static Tensor Rows(Tensor tensor) => tensor.detach().contiguous().view(-1, tensor.shape[^1]);
    }
}
