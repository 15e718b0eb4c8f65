using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>The gated activation silu(gate) · up (Shazeer, 2020, arXiv:2002.05202), silu(z) = z / (1 + e^−z).</summary>
/// <remarks>
/// The forms without workers run on the calling thread: for use inside a task, on the rows of one expert. The matrices are of float or double, or of
/// <see cref="BFloat16"/>, which is computed in float.
/// </remarks>
public static unsafe class SwiGlu
{
    /// <summary>y = silu(gate) · up.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="gateUp">[rows, 2F]: gate, then up; with a bias, it is added here in the same pass.</param>
    /// <param name="y">[rows, F], overwritten.</param>
    /// <param name="bias">[1, 2F]; may be left out.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Forward<T>(Workers workers, Matrix<T> gateUp, Matrix<T> y, Matrix<T> bias = default)
        where T : unmanaged
    {
        CheckForward(gateUp, y, bias);
        workers.For(y.Rows, Elementwise.RowsPerTask(gateUp.Columns), (first, end) => ForwardRows(gateUp, y, bias, first, end));
    }

    /// <summary>y = silu(gate) · up, on the calling thread.</summary>
    /// <param name="gateUp">[rows, 2F]: gate, then up; with a bias, it is added here in the same pass.</param>
    /// <param name="y">[rows, F], overwritten.</param>
    /// <param name="bias">[1, 2F]; may be left out.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Forward<T>(Matrix<T> gateUp, Matrix<T> y, Matrix<T> bias = default)
        where T : unmanaged
    {
        CheckForward(gateUp, y, bias);
        ForwardRows(gateUp, y, bias, 0, y.Rows);
    }

    /// <summary>d up = dy · silu(gate), d gate = dy · up · σ(gate) · (1 + gate · (1 − σ(gate))).</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dy">[rows, F]; may be the last columns of <paramref name="dGateUp"/>.</param>
    /// <param name="gateUp">[rows, 2F], from the forward pass.</param>
    /// <param name="dGateUp">[rows, 2F], overwritten; overlaps nothing else.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Backward<T>(Workers workers, Matrix<T> dy, Matrix<T> gateUp, Matrix<T> dGateUp)
        where T : unmanaged
    {
        CheckBackward(dy, gateUp, dGateUp);
        workers.For(dy.Rows, Elementwise.RowsPerTask(gateUp.Columns), (first, end) => BackwardRows(dy, gateUp, dGateUp, default, first, end));
    }

    /// <summary>The gradient, on the calling thread.</summary>
    /// <param name="dy">[rows, F].</param>
    /// <param name="gateUp">[rows, 2F], from the forward pass.</param>
    /// <param name="dGateUp">[rows, 2F], overwritten; memory of its own.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Backward<T>(Matrix<T> dy, Matrix<T> gateUp, Matrix<T> dGateUp)
        where T : unmanaged
    {
        CheckBackward(dy, gateUp, dGateUp);
        BackwardRows(dy, gateUp, dGateUp, default, 0, dy.Rows);
    }

    /// <summary>The gradient, and in the same pass the activation again, which the down projection's weight gradient needs; on the calling thread.</summary>
    /// <param name="dy">[rows, F].</param>
    /// <param name="gateUp">[rows, 2F], from the forward pass.</param>
    /// <param name="dGateUp">[rows, 2F], overwritten; memory of its own.</param>
    /// <param name="activation">[rows, F], overwritten with silu(gate) · up, the same bits as in the forward pass; may be the memory of <paramref name="dy"/>.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Backward<T>(Matrix<T> dy, Matrix<T> gateUp, Matrix<T> dGateUp, Matrix<T> activation)
        where T : unmanaged
    {
        CheckBackward(dy, gateUp, dGateUp);
        Require.Shape("SwiGlu.Backward", activation, dy.Rows, dy.Columns);
        BackwardRows(dy, gateUp, dGateUp, activation, 0, dy.Rows);
    }

    private static void CheckForward<T>(Matrix<T> gateUp, Matrix<T> y, Matrix<T> bias)
        where T : unmanaged
    {
        Require.RowMajor("SwiGlu.Forward", y);
        Require.Shape("SwiGlu.Forward", gateUp, y.Rows, 2 * y.Columns);
        if (bias.Pointer != null)
        {
            Require.Shape("SwiGlu.Forward", bias, 1, 2 * y.Columns);
        }
    }

    private static void CheckBackward<T>(Matrix<T> dy, Matrix<T> gateUp, Matrix<T> dGateUp)
        where T : unmanaged
    {
        Require.RowMajor("SwiGlu.Backward", dy);
        Require.Shape("SwiGlu.Backward", gateUp, dy.Rows, 2 * dy.Columns);
        Require.Shape("SwiGlu.Backward", dGateUp, dy.Rows, 2 * dy.Columns);
    }

    private static void ForwardRows<S>(Matrix<S> gateUp, Matrix<S> y, Matrix<S> bias, int first, int end)
        where S : unmanaged
    {
        if (typeof(S) == typeof(double))
        {
            ForwardRows<double, S>(gateUp, y, bias, first, end);
        }
        else
        {
            ForwardRows<float, S>(gateUp, y, bias, first, end);
        }
    }

    private static void BackwardRows<S>(Matrix<S> dy, Matrix<S> gateUp, Matrix<S> dGateUp, Matrix<S> activation, int first, int end)
        where S : unmanaged
    {
        if (typeof(S) == typeof(double))
        {
            BackwardRows<double, S>(dy, gateUp, dGateUp, activation, first, end);
        }
        else
        {
            BackwardRows<float, S>(dy, gateUp, dGateUp, activation, first, end);
        }
    }

    private static void ForwardRows<T, S>(Matrix<S> gateUp, Matrix<S> y, Matrix<S> bias, int first, int end)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where S : unmanaged
    {
        nint width = y.Columns;
        for (var row = first; row < end; row++)
        {
            var gate = gateUp.Pointer + (row * gateUp.RowStride);
            var output = y.Pointer + (row * y.RowStride);
            nint i = 0;
            for (; i <= width - Vector512<T>.Count; i += Vector512<T>.Count)
            {
                ForwardVector<T, S>(gate + i, width, bias.Pointer == null ? null : bias.Pointer + i, output + i, Vector512<T>.Count);
            }

            if (i < width)
            {
                ForwardVector<T, S>(gate + i, width, bias.Pointer == null ? null : bias.Pointer + i, output + i, width - i);
            }
        }
    }

    private static void BackwardRows<T, S>(Matrix<S> dy, Matrix<S> gateUp, Matrix<S> dGateUp, Matrix<S> activation, int first, int end)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where S : unmanaged
    {
        nint width = dy.Columns;
        for (var row = first; row < end; row++)
        {
            var upstream = dy.Pointer + (row * dy.RowStride);
            var gate = gateUp.Pointer + (row * gateUp.RowStride);
            var dGate = dGateUp.Pointer + (row * dGateUp.RowStride);
            var again = activation.Pointer == null ? null : activation.Pointer + (row * activation.RowStride);
            nint i = 0;
            for (; i <= width - Vector512<T>.Count; i += Vector512<T>.Count)
            {
                BackwardVector<T, S>(upstream + i, gate + i, width, dGate + i, again == null ? null : again + i, Vector512<T>.Count);
            }

            if (i < width)
            {
                BackwardVector<T, S>(upstream + i, gate + i, width, dGate + i, again == null ? null : again + i, width - i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ForwardVector<T, S>(S* gate, nint width, S* bias, S* y, nint count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where S : unmanaged
    {
        var g = bias == null ? Stored.Load<T, S>(gate, count) : Bias.AddVector<T, S>(gate, bias, count);
        var up = bias == null ? Stored.Load<T, S>(gate + width, count) : Bias.AddVector<T, S>(gate + width, bias + width, count);
        Stored.Store(g * Simd.Sigmoid(g) * up, y, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void BackwardVector<T, S>(S* dy, S* gate, nint width, S* dGate, S* activation, nint count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where S : unmanaged
    {
        var g = Stored.Load<T, S>(gate, count);
        var up = Stored.Load<T, S>(gate + width, count);
        var upstream = Stored.Load<T, S>(dy, count);

        // dy may be where d up goes: of all that is stored, nothing lies where dy is still to be loaded.
        var sigmoid = Simd.Sigmoid(g);
        var silu = g * sigmoid;
        Stored.Store(upstream * silu, dGate + width, count);

        // σ(1 + g(1 − σ)) = σ + silu·(1 − σ)
        Stored.Store(upstream * up * Simd.Fma(silu, Vector512.Create(T.One) - sigmoid, sigmoid), dGate, count);
        if (activation != null)
        {
            Stored.Store(silu * up, activation, count);
        }
    }
}
