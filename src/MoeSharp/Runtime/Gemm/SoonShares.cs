using System.Runtime.CompilerServices;

namespace MoeSharp.Runtime;

/// <summary>The rows that are read after a product, in even shares for its micro-kernels. The default has none.</summary>
internal unsafe struct SoonShares
{
    private readonly byte** _pieces;
    private readonly int _count;
    private readonly int _bytes;
    private readonly int _kernels;
    private int _kernel;

    /// <summary>Lists the rows in the thread's scratch memory.</summary>
    /// <param name="soon">Which rows.</param>
    /// <param name="kernels">Micro-kernels of the whole product.</param>
    public SoonShares(in RowsSoon soon, int kernels)
    {
        if (soon.Pieces == 0 || kernels == 0)
        {
            return;
        }

        (_count, _bytes, _kernels) = (soon.Pieces, soon.PieceBytes, kernels);
        _pieces = (byte**)Scratch.Mine.Take<nint>(Scratch.Use.Soon, _count);
        soon.List(_pieces);
    }

    /// <summary>The share of the next micro-kernel; false where it has none.</summary>
    /// <param name="depth">Steps it takes.</param>
    /// <param name="ahead">What it asks for.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Next(nint depth, out Ahead ahead)
    {
        ahead = default;
        return _count > 0 && Take(depth, out ahead);
    }

    private bool Take(nint depth, out Ahead ahead)
    {
        var first = (int)((long)_count * _kernel / _kernels);
        var count = (int)((long)_count * ++_kernel / _kernels) - first;
        ahead = count > 0 ? Ahead.List(_pieces + first, count, _bytes, depth) : default;
        return count > 0;
    }
}
