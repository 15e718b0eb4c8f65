namespace MoeSharp.Generators.Ir.Activations;

/// <summary>GELU by the error function (arXiv 1606.08415), PyTorch's default: two matrices.</summary>
internal static class GeluActivation
{
    public static readonly Activation Row = new()
    {
        Kind = ActivationKind.Gelu,
        Op = OpNames.Gelu,
        BackwardOp = OpNames.GeluBackward,
        IsGated = false,
        HuggingFace = "gelu",
        Network = "GELU",
        Formula = "gelu(up)",
        Gradient = "{1} = {0} ⊙ (Φ(up) + up·e^(−up²/2)/√(2π))",
        Kernel = "Activation<Gelu>",
        ExpertsKernel = "ExpertsActivation<Gelu>",
        Torch = "Gelu",
    };
}
