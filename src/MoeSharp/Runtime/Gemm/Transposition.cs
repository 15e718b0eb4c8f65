using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeSharp.Runtime;

/// <summary>Copies a matrix transposed, in blocks of a register's width.</summary>
internal static unsafe class Transposition
{
    /// <summary>destination[j, i] = source[i, j].</summary>
    /// <param name="source">[rows, columns], columns side by side.</param>
    /// <param name="sourceRow">Elements from one row of the source to the next.</param>
    /// <param name="rows">Rows of the source.</param>
    /// <param name="columns">Columns of the source.</param>
    /// <param name="destination">[columns, rows], rows of the source side by side.</param>
    /// <param name="destinationRow">Elements from one row of the destination to the next.</param>
    public static void Copy<T>(T* source, nint sourceRow, int rows, int columns, T* destination, nint destinationRow)
        where T : unmanaged
    {
        var doneRows = 0;
        var doneColumns = 0;
        var block = Vector512<T>.Count;
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported && rows >= block && columns >= block)
        {
            doneRows = rows - (rows % block);
            doneColumns = columns - (columns % block);
            for (var i = 0; i < doneRows; i += block)
            {
                if (typeof(T) == typeof(float))
                {
                    Transposition512.Sixteen((float*)(source + (i * sourceRow)), sourceRow, doneColumns, (float*)(destination + i), destinationRow);
                }
                else
                {
                    Transposition512.Eight((double*)(source + (i * sourceRow)), sourceRow, doneColumns, (double*)(destination + i), destinationRow);
                }
            }
        }

        Narrow(source + doneColumns, sourceRow, doneRows, columns - doneColumns, destination + (doneColumns * destinationRow), destinationRow);
        Narrow(source + (doneRows * sourceRow), sourceRow, rows - doneRows, columns, destination + doneRows, destinationRow);
    }

    /// <summary>In registers of 256 bits: all of it, or what a block of the wider ones leaves over.</summary>
    private static void Narrow<T>(T* source, nint sourceRow, int rows, int columns, T* destination, nint destinationRow)
        where T : unmanaged
    {
        var doneRows = 0;
        var doneColumns = 0;
        if (Avx.IsSupported)
        {
            var block = Vector256<T>.Count;
            doneRows = rows - (rows % block);
            doneColumns = columns - (columns % block);
            for (var i = 0; i < doneRows; i += block)
            {
                var from = source + (i * sourceRow);
                var to = destination + i;
                for (var j = 0; j < doneColumns; j += block, from += block, to += block * destinationRow)
                {
                    if (typeof(T) == typeof(float))
                    {
                        Eight((float*)from, sourceRow, (float*)to, destinationRow);
                    }
                    else
                    {
                        Four((double*)from, sourceRow, (double*)to, destinationRow);
                    }
                }
            }
        }

        One(source + doneColumns, sourceRow, doneRows, columns - doneColumns, destination + (doneColumns * destinationRow), destinationRow);
        One(source + (doneRows * sourceRow), sourceRow, rows - doneRows, columns, destination + doneRows, destinationRow);
    }

    private static void One<T>(T* source, nint sourceRow, int rows, int columns, T* destination, nint destinationRow)
        where T : unmanaged
    {
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                destination[(j * destinationRow) + i] = source[(i * sourceRow) + j];
            }
        }
    }

    // 8 × 8. Rows i and i + 4 share a register, so that transposing 4 × 4 within each half is all that is left.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight(float* source, nint sourceRow, float* destination, nint destinationRow)
    {
        var lower = source + (4 * sourceRow);
        for (var half = 0; half < 2; half++)
        {
            var r0 = Pair(source, lower);
            var r1 = Pair(source + sourceRow, lower + sourceRow);
            var r2 = Pair(source + (2 * sourceRow), lower + (2 * sourceRow));
            var r3 = Pair(source + (3 * sourceRow), lower + (3 * sourceRow));
            var low01 = Avx.UnpackLow(r0, r1).AsDouble();
            var low23 = Avx.UnpackLow(r2, r3).AsDouble();
            var high01 = Avx.UnpackHigh(r0, r1).AsDouble();
            var high23 = Avx.UnpackHigh(r2, r3).AsDouble();
            Avx.UnpackLow(low01, low23).AsSingle().Store(destination);
            Avx.UnpackHigh(low01, low23).AsSingle().Store(destination + destinationRow);
            Avx.UnpackLow(high01, high23).AsSingle().Store(destination + (2 * destinationRow));
            Avx.UnpackHigh(high01, high23).AsSingle().Store(destination + (3 * destinationRow));
            source += 4;
            lower += 4;
            destination += 4 * destinationRow;
        }
    }

    // 4 × 4, in the same way: rows i and i + 2 share a register.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(double* source, nint sourceRow, double* destination, nint destinationRow)
    {
        var lower = source + (2 * sourceRow);
        for (var half = 0; half < 2; half++)
        {
            var r0 = Pair(source, lower);
            var r1 = Pair(source + sourceRow, lower + sourceRow);
            Avx.UnpackLow(r0, r1).Store(destination);
            Avx.UnpackHigh(r0, r1).Store(destination + destinationRow);
            source += 2;
            lower += 2;
            destination += 2 * destinationRow;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Pair<T>(T* lower, T* upper)
        where T : unmanaged => Vector256.Create(Vector128.Load(lower), Vector128.Load(upper));
}
