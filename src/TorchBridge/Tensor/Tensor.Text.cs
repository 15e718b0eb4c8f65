using System.Globalization;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A tensor as text.</summary>
    public partial class Tensor
    {
        /// <summary>Shape, element type and device: <c>[2x3], type = Float32, device = cpu</c>.</summary>
        public override string ToString() =>
            IsInvalid
                ? "disposed tensor"
                : string.Create(CultureInfo.InvariantCulture, $"[{string.Join('x', shape)}], type = {dtype}, device = {device}");
    }
}
