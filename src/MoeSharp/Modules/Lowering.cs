namespace MoeSharp.Modules;

/// <summary>Which of its two compiled forms a module runs. Both give the same numbers.</summary>
public enum Lowering
{
    /// <summary>Kernels for Float32, Float64 and BFloat16 on the CPU, TorchSharp's operations otherwise.</summary>
    Auto,

    /// <summary>The CPU kernels over the tensors' memory; Float32, Float64 and BFloat16 only.</summary>
    Kernels,

    /// <summary>Plain TorchSharp operations, on any device and in any floating-point type.</summary>
    Torch,
}
