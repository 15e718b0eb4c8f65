using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>
/// One thread a product: libtorch's count is the calling thread's (OpenMP). A worker sets it once and for good; a caller gets its own back at the end
/// of the run, because what it does with torch beside us is its business.
/// </summary>
internal readonly struct TorchThreads : IDisposable
{
    [ThreadStatic]
    private static bool t_isOne;

    private readonly int _before;

    private TorchThreads(int before) => _before = before;

    /// <summary>Sets the calling thread to one thread a product until the result is disposed.</summary>
    public static TorchThreads One()
    {
        if (t_isOne)
        {
            return default;
        }

        var before = get_num_threads();
        set_num_threads(1);
        t_isOne = true;
        return new TorchThreads(before);
    }

    /// <summary>Sets a worker's thread, once.</summary>
    public static void SetWorker()
    {
        if (!t_isOne)
        {
            set_num_threads(1);
            t_isOne = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_before > 0)
        {
            t_isOne = false;
            set_num_threads(_before);
        }
    }
}
