using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace TorchSharp.Native;

/// <summary>The functions of <c>native/torch_bridge.cpp</c>, and what their statuses mean.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = "torch_bridge";

    static NativeMethods() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Load);

    /// <summary>Throws what a native call reported: libtorch's error, or the exception that managed code threw inside the call.</summary>
    /// <exception cref="ExternalException">libtorch failed; the message is libtorch's.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(int status)
    {
        if (status != 0) Throw(status);
    }

    public static nint FindOperator(string name, string overload, string[] arguments)
    {
        using var texts = new NativeTexts([name, overload, .. arguments]);
        nint op;
        Check(bridge_find_operator(texts[0], texts[1], texts.Pointers + 2, arguments.Length, &op));
        return op;
    }

    private static void Throw(int status)
    {
        if (status == 1) throw new ExternalException(Marshal.PtrToStringUTF8((nint)bridge_last_error()));
        var handle = GCHandle.FromIntPtr(bridge_take_managed_error());
        var exception = (ExceptionDispatchInfo)handle.Target!;
        handle.Free();
        exception.Throw();
    }

    private static nint Load(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library) return 0;
        var beside = Path.Combine(Path.GetDirectoryName(assembly.Location) is { Length: > 0 } folder ? folder : AppContext.BaseDirectory,
            "libtorch_bridge.so");
        try
        {
            return NativeLibrary.Load(beside);
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException(
                "TorchBridge could not load its native part, which needs libtorch. Install it with "
                + "'apt-get update && apt-get install -y libtorch-dev g++ libopenblas0-pthread' and build again, "
                + $"or build with -p:Torch=cpu or -p:Torch=cuda to use the TorchSharp packages. Details: {e.Message}",
                e);
        }
    }

    /// <summary>Zero-terminated UTF-8 copies of strings, freed together.</summary>
    internal sealed class NativeTexts : IDisposable
    {
        private readonly int count;

        public NativeTexts(string[] texts)
        {
            count = texts.Length;
            Pointers = (byte**)NativeMemory.Alloc((nuint)(count * sizeof(byte*)));
            for (var i = 0; i < count; i++) Pointers[i] = (byte*)Marshal.StringToCoTaskMemUTF8(texts[i]);
        }

        public byte** Pointers { get; }

        public byte* this[int index] => Pointers[index];

        public void Dispose()
        {
            for (var i = 0; i < count; i++) Marshal.FreeCoTaskMem((nint)Pointers[i]);
            NativeMemory.Free(Pointers);
        }
    }
}
