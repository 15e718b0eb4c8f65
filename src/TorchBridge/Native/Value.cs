using System.Runtime.InteropServices;

namespace TorchSharp.Native;

/// <summary>What a <see cref="Value"/> holds; the numbers are those of the native file's <c>Tag</c>.</summary>
internal enum Tag { None, Tensor, Int, Double, Bool, IntList, TensorList, String, DoubleList, Device, Generator }

/// <summary>One argument or result of a native call, laid out as the native file's <c>Value</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct Value
{
    [FieldOffset(0)] public Tag Tag;
    [FieldOffset(4)] public int Length;
    [FieldOffset(8)] public long Integer;
    [FieldOffset(8)] public double Number;
    [FieldOffset(8)] public void* Pointer;
}
