using System.Runtime.InteropServices;

namespace MoeSharp.Runtime;

/// <summary>Numbers the JIT knows while it imports code: each of these types is as large, in bytes, as its name says.</summary>
internal static class Bytes
{
    [StructLayout(LayoutKind.Sequential, Size = 1)]
    public readonly struct One;

    [StructLayout(LayoutKind.Sequential, Size = 2)]
    public readonly struct Two;

    [StructLayout(LayoutKind.Sequential, Size = 3)]
    public readonly struct Three;

    [StructLayout(LayoutKind.Sequential, Size = 4)]
    public readonly struct Four;

    [StructLayout(LayoutKind.Sequential, Size = 5)]
    public readonly struct Five;

    [StructLayout(LayoutKind.Sequential, Size = 6)]
    public readonly struct Six;

    [StructLayout(LayoutKind.Sequential, Size = 7)]
    public readonly struct Seven;

    [StructLayout(LayoutKind.Sequential, Size = 8)]
    public readonly struct Eight;

    [StructLayout(LayoutKind.Sequential, Size = 9)]
    public readonly struct Nine;

    [StructLayout(LayoutKind.Sequential, Size = 10)]
    public readonly struct Ten;

    [StructLayout(LayoutKind.Sequential, Size = 11)]
    public readonly struct Eleven;

    [StructLayout(LayoutKind.Sequential, Size = 12)]
    public readonly struct Twelve;
}
