using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>A block of b, cut into panels as wide as a tile: gathered into the thread's scratch memory, or read where it lies.</summary>
internal readonly unsafe struct Panels<T>
    where T : unmanaged
{
    /// <summary>Cuts, and gathers what is not read in place.</summary>
    /// <param name="b">[depth, columns], strides of any kind.</param>
    /// <param name="width">Columns of a tile.</param>
    /// <param name="inPlace">Reads whole panels from b itself, whose columns lie side by side. What is left of its columns is gathered even so.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Panels(Matrix<T> b, int width, bool inPlace)
    {
        Whole = b.Columns / width;
        Rest = b.Columns % width;
        Next = inPlace ? width : (nint)width * b.Rows;
        Step = inPlace ? b.RowStride : width;
        var gathered = (nint)width * b.Rows;
        var memory = Scratch.Mine.Take<T>(Scratch.Use.Panels, (inPlace ? 1 : Whole + 1) * gathered);
        First = inPlace ? b.Pointer : memory;
        Last = inPlace ? memory : memory + (Whole * gathered);
        var together = !inPlace && b.ColumnStride == 1 && Vector512.IsHardwareAccelerated && width % Vector512<T>.Count == 0;
        if (together)
        {
            Panel.GatherAll(b.ColumnRange(0, Whole * width), memory, width);
        }

        for (var panel = 0; panel < Whole && !inPlace && !together; panel++)
        {
            Panel.Gather(b.ColumnRange(panel * width, width), memory + (panel * gathered), width);
        }

        if (Rest > 0)
        {
            Panel.Gather(b.ColumnRange(Whole * width, Rest), Last, width);
        }
    }

    /// <summary>Number of panels as wide as a tile.</summary>
    public int Whole { get; }

    /// <summary>Columns of the last, narrower panel; zero if there is none.</summary>
    public int Rest { get; }

    /// <summary>The first whole panel.</summary>
    public T* First { get; }

    /// <summary>Elements from one whole panel to the next.</summary>
    public nint Next { get; }

    /// <summary>Elements from one step of the depth to the next within a whole panel.</summary>
    public nint Step { get; }

    /// <summary>The last, narrower panel, filled up with zeros to the width of a tile.</summary>
    public T* Last { get; }
}
