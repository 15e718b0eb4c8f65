using System.IO.Compression;

namespace MoeSharp.Data;

/// <summary>A general-purpose compressor as a yardstick: it has not seen the training text, but adapts to the text it is given.</summary>
public static class GzipBaseline
{
    /// <summary>Bits per byte of the text as one gzip member at level 9, header and checksum included.</summary>
    /// <remarks>
    /// .NET's own deflate (zlib-ng) at its highest level, so that the figure needs no other program. On the .NET API documentation it is 0.2 to
    /// 0.4 % above what the command <c>gzip -9</c> (1.12) writes.
    /// </remarks>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">The text is empty.</exception>
    public static double BitsPerByte(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            throw new ArgumentException("The text to compress is empty.", nameof(text));
        }

        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, new ZLibCompressionOptions { CompressionLevel = 9 }, leaveOpen: true))
        {
            gzip.Write(text);
        }

        return 8.0 * compressed.Length / text.Length;
    }
}
