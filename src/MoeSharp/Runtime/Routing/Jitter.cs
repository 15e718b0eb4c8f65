using System.Numerics;
using System.Numerics.Tensors;

namespace MoeSharp.Runtime;

/// <summary>The gate's input multiplied by U(1 − ε, 1 + ε), one number an element (Switch, arXiv 2101.03961 §2.2): in training, and not for padding.</summary>
public static class Jitter
{
    /// <summary><c>y = x ⊙ r</c>; in backward the same with the gradients.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="x"><c>[tokens, dim]</c>.</param>
    /// <param name="random">The numbers r follow from.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="y"><c>[tokens, dim]</c>, overwritten, or added to.</param>
    /// <param name="accumulate">Add to <paramref name="y"/>.</param>
    public static void Apply<T>(Workers workers, Matrix<T> x, GateRandom random, double epsilon, Matrix<T> y, bool accumulate = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(workers);
        Require.Shape("Jitter.Apply", y, x.Rows, x.Columns);
        workers.For(x.Rows, Elementwise.RowsPerTask(x.Columns), (first, end) =>
        {
            var factors = new T[x.Columns];
            for (var token = first; token < end; token++)
            {
                random.Factors<T>(token, epsilon, factors);
                if (accumulate)
                {
                    TensorPrimitives.MultiplyAdd(x.Row(token), factors, y.Row(token), y.Row(token));
                }
                else
                {
                    TensorPrimitives.Multiply(x.Row(token), factors, y.Row(token));
                }
            }
        });
    }
}
