namespace MoeSharp.Generators.Ir.Activations;

/// <summary>SwiGLU (arXiv 2002.05202): three matrices.</summary>
internal static class SwiGluActivation
{
    public static readonly Activation Row = new()
    {
        Kind = ActivationKind.SwiGlu,
        Op = OpNames.SwiGlu,
        BackwardOp = OpNames.SwiGluBackward,
        IsGated = true,
        HuggingFace = "silu",
        Network = "SwiGLU",
        Formula = "silu(gate) ⊙ up",
        Gradient = "σ = sigmoid(gate): {1} = [{0} ⊙ up ⊙ σ·(1 + gate·(1 − σ)), {0} ⊙ gate·σ]",
        Kernel = "SwiGlu",
        ExpertsKernel = "ExpertsSwiGlu",
        Torch = "SwiGlu",
    };
}
