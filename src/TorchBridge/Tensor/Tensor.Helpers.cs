using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>What the one-line operators share.</summary>
    public partial class Tensor
    {
        private static string? Rounding(RoundingMode mode) => mode == RoundingMode.None ? null : mode.ToString();

        private static Device Initialized(DeviceType type, int index)
        {
            InitializeDeviceType(type);
            return new Device(type, index);
        }

        private Tensor Typed(ScalarType? type) => type is ScalarType wanted ? to_type(wanted) : this;

        private Tensor Reduce(string signature, long[] dimensions, bool unbiased, bool keepdim) =>
            Op.Call(signature, this, dimensions, unbiased, keepdim);

        // Disposes what this was made from, when the caller asked for that.
        private Tensor After(bool disposeAfter, Tensor source)
        {
            if (disposeAfter) source.Dispose();
            return this;
        }
    }
}
