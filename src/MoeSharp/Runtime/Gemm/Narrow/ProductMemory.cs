using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>What a program's products need around a run, by the type of the weights: in bfloat16 tensors found by address and, where libtorch
/// multiplies, one thread a product.</summary>
internal sealed unsafe class ProductMemory<TWeight>
    where TWeight : unmanaged
{
    private readonly Lock _gate = new();
    private LentTensor? _lent;

    /// <summary>The most rows of one expert in a task: twice as many in bfloat16, where a row is soon done and the weight laid out anew for every product.</summary>
    public static int BlockRows => typeof(TWeight) == typeof(BFloat16) ? 2 * DispatchPlan.DefaultBlockRows : DispatchPlan.DefaultBlockRows;

    /// <summary>Begins a run; dispose what it returns at its end, on the same thread.</summary>
    /// <param name="weights">The flat weights. Views of them are kept until others come.</param>
    /// <param name="gradient">The flat gradient, where there is one.</param>
    public Run Begin(Tensor weights, Tensor? gradient = null)
    {
        if (typeof(TWeight) != typeof(BFloat16))
        {
            return default;
        }

        lock (_gate)
        {
            if (_lent?.IsOf(weights) != true)
            {
                _lent?.Retire();
                _lent = new LentTensor(weights, keepsViews: true);
            }

            return new Run(_lent!.Lend(), gradient?.dtype == ScalarType.BFloat16 ? Once(gradient) : default, PairTiles.AreSupported ? default : TorchThreads.One());
        }
    }

    /// <summary>Has products and gathers read a tensor itself where they meet its numbers in a wider type, until the lease is disposed.</summary>
    /// <param name="tensor">Of the type of the weights.</param>
    /// <param name="widened">Its numbers, row-major and without gaps.</param>
    public static LentTensor.Lease LendFor<T>(Tensor tensor, Matrix<T> widened)
        where T : unmanaged =>
        typeof(TWeight) == typeof(BFloat16) && typeof(T) == typeof(float) ? Once(tensor, (float*)widened.Pointer) : default;

    private static LentTensor.Lease Once(Tensor tensor, float* widened = null)
    {
        var lent = new LentTensor(tensor, keepsViews: false, widened);
        var lease = lent.Lend();
        lent.Retire();
        return lease;
    }

    /// <summary>Lets go of the views.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _lent?.Retire();
            _lent = null;
        }
    }

    /// <summary>A run.</summary>
    internal readonly struct Run(LentTensor.Lease weights, LentTensor.Lease gradient, TorchThreads threads) : IDisposable
    {
        public void Dispose()
        {
            threads.Dispose();
            gradient.Dispose();
            weights.Dispose();
        }
    }
}
