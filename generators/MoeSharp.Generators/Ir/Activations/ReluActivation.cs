namespace MoeSharp.Generators.Ir.Activations;

/// <summary>ReLU: two matrices.</summary>
internal static class ReluActivation
{
    public static readonly Activation Row = new()
    {
        Kind = ActivationKind.Relu,
        Op = OpNames.Relu,
        BackwardOp = OpNames.ReluBackward,
        IsGated = false,
        HuggingFace = "relu",
        Network = "ReLU",
        Formula = "relu(up)",
        Gradient = "{1} = {0} where up > 0, elsewhere 0",
        Kernel = "Activation<Relu>",
        ExpertsKernel = "ExpertsActivation<Relu>",
        Torch = "Relu",
    };
}
