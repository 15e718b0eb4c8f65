using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeSharp.Runtime;

/// <summary>Copies of operands, laid out in the order the micro-kernel reads them.</summary>
internal static unsafe class Panel
{
    // Enough for the memory's latency, few enough for the requests a core can have open.
    private const int StepsAhead = 4;

    /// <summary>Elements between the copied rows: rows a power of two apart would share a few lines of the first-level cache.</summary>
    public const int Gap = 16;

    /// <summary>Copies b, step by step of the depth, <paramref name="width"/> columns a step; columns b does not have become zeros.</summary>
    /// <param name="b">[depth, columns], at most <paramref name="width"/> columns, strides of any kind.</param>
    /// <param name="panel">Room for [depth, width].</param>
    /// <param name="width">Columns of the panel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather<T>(Matrix<T> b, T* panel, int width)
        where T : unmanaged
    {
        if (b.Columns < width)
        {
            new Span<T>(panel, width * b.Rows).Clear();
        }

        if (b.ColumnStride == 1)
        {
            CopySteps(b, panel, width);
        }
        else if (b.RowStride == 1)
        {
            Transposition.Copy(b.Pointer, b.ColumnStride, b.Columns, b.Rows, panel, width);
        }
        else
        {
            for (var step = 0; step < b.Rows; step++)
            {
                for (var column = 0; column < b.Columns; column++)
                {
                    panel[(step * width) + column] = b[step, column];
                }
            }
        }
    }

    /// <summary>
    /// Copies several panels of a b whose columns lie side by side, a step of all of them at a time: what lies side by side is read together, and the
    /// steps to come are asked for.
    /// </summary>
    /// <param name="b">[depth, panels · width].</param>
    /// <param name="memory">Room for panels × [depth, width].</param>
    /// <param name="width">Columns of a panel.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GatherAll<T>(Matrix<T> b, T* memory, int width)
        where T : unmanaged
    {
        var next = (nint)width * b.Rows;
        var source = b.Pointer;
        for (var step = 0; step < b.Rows; step++, source += b.RowStride, memory += width)
        {
            var soon = source + (StepsAhead * b.RowStride);
            var panel = memory;
            for (var column = 0; column < b.Columns; column += width, panel += next)
            {
                for (var lane = 0; lane < width; lane += Vector512<T>.Count)
                {
                    Sse.Prefetch0(soon + column + lane);
                    Vector512.Load(source + column + lane).Store(panel + lane);
                }
            }
        }
    }

    /// <summary>Copies the rows of a that one row of tiles reads, without the gaps between them.</summary>
    /// <param name="a">[rows, depth], strides of any kind.</param>
    /// <param name="room">Room for rows × (depth + <see cref="Gap"/>) elements.</param>
    /// <returns>The copy, or a itself where its rows do not lie side by side.</returns>
    public static Matrix<T> CopyRows<T>(Matrix<T> a, T* room)
        where T : unmanaged
    {
        if (a.ColumnStride != 1)
        {
            return a;
        }

        var stride = a.Columns + Gap;
        for (var row = 0; row < a.Rows; row++)
        {
            a.Row(row).CopyTo(new Span<T>(room + ((nint)row * stride), a.Columns));
        }

        return new Matrix<T>(room, a.Rows, a.Columns, stride);
    }

    /// <summary>Copies short rows, of a few registers each: a loop over registers is quicker than a call a row.</summary>
    /// <param name="steps">[depth, columns], row-major.</param>
    /// <param name="destination">Room for [depth, <paramref name="stride"/>].</param>
    /// <param name="stride">Elements from one row of the copy to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopySteps<T>(Matrix<T> steps, T* destination, nint stride)
        where T : unmanaged
    {
        var source = steps.Pointer;
        var inRegisters = steps.Columns - (steps.Columns % Vector128<T>.Count);
        var inWideRegisters = steps.Columns - (steps.Columns % Vector256<T>.Count);
        for (var step = 0; step < steps.Rows; step++, source += steps.RowStride, destination += stride)
        {
            var column = 0;
            for (; column < inWideRegisters; column += Vector256<T>.Count)
            {
                Vector256.Load(source + column).Store(destination + column);
            }

            for (; column < inRegisters; column += Vector128<T>.Count)
            {
                Vector128.Load(source + column).Store(destination + column);
            }

            for (; column < steps.Columns; column++)
            {
                destination[column] = source[column];
            }
        }
    }
}
