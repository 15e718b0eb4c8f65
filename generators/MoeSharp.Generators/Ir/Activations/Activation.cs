using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Ir.Activations;

/// <summary>What the compiler knows of an activation: one file and one row of <see cref="ActivationTable"/> each.</summary>
internal sealed record Activation
{
    public required ActivationKind Kind { get; init; }

    /// <summary>Its op, of <see cref="OpNames"/>.</summary>
    public required string Op { get; init; }

    public required string BackwardOp { get; init; }

    /// <summary>Whether one map into the hidden width gates another: three matrices in a network, not two.</summary>
    public required bool IsGated { get; init; }

    /// <summary>Hugging Face's name, <c>hidden_act</c>.</summary>
    public required string HuggingFace { get; init; }

    /// <summary>The network in a formula, for a summary.</summary>
    public required string Network { get; init; }

    /// <summary>The activation in a formula of <c>gate</c> and <c>up</c>.</summary>
    public required string Formula { get; init; }

    /// <summary>The gradient of what it reads in a formula; <c>{0}</c> is the gradient from above, <c>{1}</c> what is made.</summary>
    public required string Gradient { get; init; }

    /// <summary>The kernel's class.</summary>
    public required string Kernel { get; init; }

    /// <summary>The class of the kernel that has the routing weight in the same pass.</summary>
    public required string ExpertsKernel { get; init; }

    /// <summary>The member of <c>TorchOps</c>; its backward ends in <c>Backward</c>.</summary>
    public required string Torch { get; init; }

    /// <summary>Maps into the hidden width: gate and up, or up alone.</summary>
    public int Maps => IsGated ? 2 : 1;

    /// <summary>Matrices of a network.</summary>
    public int Matrices => Maps + 1;

    /// <summary>The name of what it reads, and of the weight that makes it.</summary>
    public string Input => IsGated ? "gate_up" : "up";

    /// <summary>The same in words.</summary>
    public string InWords => IsGated ? "gate and up" : "up";
}
