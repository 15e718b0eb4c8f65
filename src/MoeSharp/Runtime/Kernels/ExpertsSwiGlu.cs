using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>The backward of an expert's activation, with the routing weight and its gradient in the same pass over memory.</summary>
public static unsafe class ExpertsSwiGlu
{
    /// <summary>
    /// With <c>d = dOut·W_down</c> and <c>a = silu(gate) ⊙ up</c> of a row, and w its routing weight: <c>dWeight = ⟨d, a⟩</c> (SonicMoE,
    /// arXiv 2512.14080: the expert's output is not needed), <c>dGateUp</c> the gradient of gate and up by <c>w·d</c>, and <c>w·a</c> takes the place
    /// of d: it is the right factor of W_down's gradient.
    /// </summary>
    /// <param name="gateUp">[rows, 2F], from forward.</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="block">Which rows.</param>
    /// <param name="weights">[tokens, K], the routing weights.</param>
    /// <param name="d">[rows, F]: read as dOut·W_down, left as w·a.</param>
    /// <param name="dGateUp">[rows, 2F], overwritten.</param>
    /// <param name="dWeights">[tokens, K]: the entries of the block's pairs are overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not fit the block.</exception>
    /// <typeparam name="T">What is computed in.</typeparam>
    /// <typeparam name="TStored">What the rows are stored in: the same, or narrower.</typeparam>
    public static void Backward<T, TStored>(
        Matrix<TStored> gateUp, DispatchPlan plan, ExpertBlock block, Matrix<T> weights, Matrix<TStored> d, Matrix<TStored> dGateUp, Matrix<T> dWeights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
    {
        const string Kernel = "ExpertsSwiGlu.Backward";
        Require.Shape(Kernel, d, block.Rows, gateUp.Columns / 2);
        Require.Shape(Kernel, dWeights, weights.Rows, weights.Columns);
        Require.Shape(Kernel, dGateUp, block.Rows, gateUp.Columns);
        Require.Shape(Kernel, gateUp, block.Rows, gateUp.Columns);
        for (var row = 0; row < block.Rows; row++)
        {
            var (token, slot) = (plan.RowToken[block.First + row], plan.RowSlot[block.First + row]);
            dWeights[token, slot] = BackwardRow(
                gateUp.Pointer + (row * gateUp.RowStride), weights[token, slot], d.Pointer + (row * d.RowStride), dGateUp.Pointer + (row * dGateUp.RowStride), d.Columns);
        }
    }

    private static T BackwardRow<T, TStored>(TStored* gate, T weight, TStored* d, TStored* dGate, nint width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
    {
        var factor = Vector512.Create(weight);
        Vector512<T> sum = default;
        nint i = 0;
        for (; i <= width - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            sum = BackwardVector(gate + i, factor, d + i, dGate + i, width, sum, Vector512<T>.Count);
        }

        if (i < width)
        {
            sum = BackwardVector(gate + i, factor, d + i, dGate + i, width, sum, width - i);
        }

        return Simd.SumLanes(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> BackwardVector<T, TStored>(TStored* gate, Vector512<T> weight, TStored* d, TStored* dGate, nint width, Vector512<T> sum, nint count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
    {
        var g = Stored.Load<T, TStored>(gate, count);
        var up = Stored.Load<T, TStored>(gate + width, count);
        var upstream = Stored.Load<T, TStored>(d, count);
        var sigmoid = Simd.Sigmoid(g);
        var silu = g * sigmoid;
        var a = silu * up;
        var weighted = weight * upstream;
        Stored.Store(weighted * silu, dGate + width, count);

        // σ(1 + g(1 − σ)) = σ + silu·(1 − σ)
        Stored.Store(weighted * up * Simd.Fma(silu, Vector512.Create(T.One) - sigmoid, sigmoid), dGate, count);
        Stored.Store(weight * a, d, count);
        return Simd.Fma(upstream, a, sum);
    }
}
