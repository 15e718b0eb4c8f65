using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>The backward of an expert's activation, with the routing weight and its gradient in the same pass over the block.</summary>
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
    public static void Backward<T>(Matrix<T> gateUp, DispatchPlan plan, ExpertBlock block, Matrix<T> weights, Matrix<T> d, Matrix<T> dGateUp, Matrix<T> dWeights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const string Kernel = "ExpertsSwiGlu.Backward";
        Require.Shape(Kernel, d, block.Rows, gateUp.Columns / 2);
        Require.Shape(Kernel, dWeights, weights.Rows, weights.Columns);

        // d is needed for the inner product after the activation is known: a row of it is set aside.
        using var scratch = Scratch<T>.Rent(d.Columns);
        var kept = new Matrix<T>(scratch.Pointer, 1, d.Columns);
        for (var row = 0; row < block.Rows; row++)
        {
            var (token, slot) = (plan.RowToken[block.First + row], plan.RowSlot[block.First + row]);
            var dRow = d.RowRange(row, 1);
            dRow.Row(0).CopyTo(kept.Row(0));
            SwiGlu.Backward(kept, gateUp.RowRange(row, 1), dGateUp.RowRange(row, 1), dRow);
            dWeights[token, slot] = Simd.Dot(kept.Pointer, dRow.Pointer, d.Columns);
            Scale(dRow.Row(0), weights[token, slot]);
            Scale(dGateUp.Row(row), weights[token, slot]);
        }
    }

    private static void Scale<T>(Span<T> row, T factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => System.Numerics.Tensors.TensorPrimitives.Multiply(row, factor, row);
}
