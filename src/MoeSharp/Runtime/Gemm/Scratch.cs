using System.Runtime.InteropServices;

namespace MoeSharp.Runtime;

/// <summary>A thread's working memory for matrix products: it grows to what the largest product needed, and goes when the thread does.</summary>
internal sealed unsafe class Scratch
{
    // A cache line, and the widest register.
    private const int Alignment = 64;

    [ThreadStatic]
    private static Scratch? t_mine;

    private static readonly int s_uses = Enum.GetValues<Use>().Length;

    private readonly void*[] _blocks = new void*[s_uses];
    private readonly nuint[] _sizes = new nuint[s_uses];

    private Scratch()
    {
    }

    ~Scratch()
    {
        foreach (var block in _blocks)
        {
            NativeMemory.AlignedFree(block);
        }
    }

    /// <summary>What a block is for: blocks of different use are in use at the same time.</summary>
    public enum Use
    {
        /// <summary>b, cut into panels as wide as a tile.</summary>
        Panels,

        /// <summary>The rows of a that one row of tiles reads.</summary>
        Rows,

        /// <summary>A tile that sticks out of c.</summary>
        Edge,

        /// <summary>c transposed.</summary>
        Transposed,

        /// <summary>All of a, its rows at distances that do not collide.</summary>
        Left,

        /// <summary>The sums of pieces of the depth.</summary>
        Pieces,

        /// <summary>Those of a second product that is computed at the same time.</summary>
        OtherPieces,

        /// <summary>Where the rows lie that are read after the product.</summary>
        Soon,
    }

    /// <summary>The calling thread's.</summary>
    public static Scratch Mine => t_mine ??= new Scratch();

    /// <summary>Room for <paramref name="count"/> elements; what was there before may be gone.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more memory.</exception>
    public T* Take<T>(Use use, nint count)
        where T : unmanaged
    {
        var size = (nuint)count * (nuint)sizeof(T);
        if (_sizes[(int)use] < size)
        {
            NativeMemory.AlignedFree(_blocks[(int)use]);
            _blocks[(int)use] = null;
            _sizes[(int)use] = 0;
            _blocks[(int)use] = NativeMemory.AlignedAlloc(size, Alignment);
            _sizes[(int)use] = size;
        }

        return (T*)_blocks[(int)use];
    }
}
