using TorchSharp.Native;

namespace TorchSharp;

/// <summary>How many threads libtorch uses. The first pair is per calling thread where libtorch runs on OpenMP.</summary>
public static partial class torch
{
    public static int get_num_threads() => NativeMethods.bridge_get_num_threads();

    public static void set_num_threads(int num) => NativeMethods.Check(NativeMethods.bridge_set_num_threads(num));

    public static int get_num_interop_threads() => NativeMethods.bridge_get_num_interop_threads();

    public static void set_num_interop_threads(int num) => NativeMethods.Check(NativeMethods.bridge_set_num_interop_threads(num));
}
