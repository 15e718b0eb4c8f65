namespace MoeSharp.Training;

/// <summary>What to say where libtorch's native libraries cannot be loaded.</summary>
internal static class MissingLibtorch
{
    /// <summary>One line; null for a failure of another kind.</summary>
    public static string? Explain(Exception failure)
    {
        // A library that a type's static constructor loads fails as that type's initialisation.
        while (failure is TypeInitializationException { InnerException: { } inner })
        {
            failure = inner;
        }

        // TorchSharp throws the second where the package of native libraries is missing.
        if (failure is not (DllNotFoundException or NotSupportedException or BadImageFormatException or EntryPointNotFoundException))
        {
            return null;
        }

        var reason = failure.Message.AsSpan().Trim();
        var end = reason.IndexOfAny('\r', '\n');
        return "libtorch cannot be loaded. On Debian or Ubuntu: apt-get install -y libtorch-dev g++ libopenblas0-pthread, and build again; elsewhere build with "
            + $"-p:Torch=cpu or -p:Torch=cuda. ({(end < 0 ? reason : reason[..end])})";
    }
}
