using System.Runtime.InteropServices;

namespace MoeSharp.Runtime;

/// <summary>
/// Memory that holds machine code, for instructions .NET has no names for. It is written first and executed only then: no page is ever both. Where the
/// system refuses, there is none, and whoever asked goes without.
/// </summary>
internal static unsafe partial class MachineCode
{
    private const int Read = 1;
    private const int Write = 2;
    private const int Execute = 4;
    private const int PrivateAnonymous = 0x22;
    private const nint Failed = -1;

    /// <summary>Whether code in the System V calling convention can run here at all: 64-bit x86 under Linux.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>Makes code executable, for as long as the process lives.</summary>
    /// <returns>Where it begins; null if the system gives no such memory.</returns>
    public static byte* Publish(ReadOnlySpan<byte> code)
    {
        var size = (nuint)code.Length;
        var memory = Map(0, size, Read | Write, PrivateAnonymous, -1, 0);
        if (memory == Failed)
        {
            return null;
        }

        code.CopyTo(new Span<byte>((void*)memory, code.Length));
        if (Protect(memory, size, Read | Execute) == 0)
        {
            return (byte*)memory;
        }

        _ = Unmap(memory, size);
        return null;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint size, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint size, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint size);
}
