using System.Runtime.InteropServices;

namespace MoeSharp.Tests.Runtime.Narrow;

/// <summary>Memory whose last byte is the last before a page that nobody may touch: one element read past the end stops the process. For Linux.</summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int Nothing = 0;
    private const int ReadAndWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private readonly nint _pages;
    private readonly nint _bytes;

    /// <summary>Makes it, every bit of it set: as a number of any kind, NaN.</summary>
    /// <param name="bytes">How much at least; there is more before it, up to a whole page.</param>
    public GuardedMemory(nint bytes)
    {
        nint page = Environment.SystemPageSize;
        _bytes = (bytes + page) / page * page;
        _pages = Map(0, _bytes + page, ReadAndWrite, PrivateAnonymous, -1, 0);
        if (_pages == -1 || Protect(_pages + _bytes, page, Nothing) != 0)
        {
            throw new InvalidOperationException($"The system gives no guarded memory: error {Marshal.GetLastPInvokeError()}.");
        }

        new Span<byte>((void*)_pages, (int)_bytes).Fill(byte.MaxValue);
    }

    /// <summary>The first byte.</summary>
    public byte* First => (byte*)_pages;

    /// <summary>Behind the last byte.</summary>
    public byte* End => (byte*)(_pages + _bytes);

    public void Dispose() => _ = Unmap(_pages, _bytes + Environment.SystemPageSize);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nint size, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nint size, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nint size);
}
