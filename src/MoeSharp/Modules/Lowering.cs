namespace MoeSharp.Modules;

/// <summary>Which of its two compiled forms a module runs. Both give the same numbers.</summary>
public enum Lowering
{
    /// <summary>Kernels for float and double on the CPU, TorchSharp's operations otherwise.</summary>
    Auto,

    /// <summary>The CPU kernels over the tensors' memory; float and double only.</summary>
    Kernels,

    /// <summary>Plain TorchSharp operations, on any device and in any floating-point type.</summary>
    Torch,
}
