namespace MoeSharp.Runtime;

/// <summary>The even pieces that the depth of a product is cut into. Its length alone decides, so an element is the same sum of the same sums in any product.</summary>
internal static class Depth
{
    // A piece of a row of tiles stays in the first-level cache, a block of b of that depth in the second.
    private const int Bytes = 1024;

    // Steps a piece is a multiple of.
    private const int Multiple = 8;

    /// <summary>Steps a piece; the last may have fewer.</summary>
    public static unsafe int Of<T>(int length)
        where T : unmanaged => Even(length, Bytes / sizeof(T), Multiple);

    /// <summary>The length of the even pieces, none longer than a limit but for rounding up to a multiple, that a length is cut into.</summary>
    public static int Even(int length, int limit, int multiple)
    {
        var pieces = (length + limit - 1) / limit;
        return ((length + pieces - 1) / pieces + multiple - 1) / multiple * multiple;
    }
}
