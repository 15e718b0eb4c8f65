using System.Numerics;
using System.Text;

namespace MoeSharp.Data;

/// <summary>The byte-level tokenizer: a token id is one byte of the text's UTF-8.</summary>
public static class ByteTokenizer
{
    /// <summary>Number of token ids.</summary>
    public const int Vocabulary = 256;

    /// <summary>The ids of a text.</summary>
    /// <param name="text">Any text; a lone surrogate becomes U+FFFD.</param>
    /// <returns>One id a byte, 0 to 255.</returns>
    public static int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Array.ConvertAll(Encoding.UTF8.GetBytes(text), value => (int)value);
    }

    /// <summary>The text of some ids; bytes that are not UTF-8, as a model may produce, become U+FFFD.</summary>
    /// <typeparam name="T"><see cref="int"/> or <see cref="long"/>.</typeparam>
    /// <param name="ids">Token ids, 0 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not a byte.</exception>
    public static string Decode<T>(ReadOnlySpan<T> ids)
        where T : unmanaged, IBinaryInteger<T>
    {
        var bytes = new byte[ids.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            if (T.IsNegative(ids[i]) || ids[i] >= T.CreateTruncating(Vocabulary))
            {
                throw new ArgumentOutOfRangeException(nameof(ids), $"Token {i} is {ids[i]}; a byte's id is 0 to {Vocabulary - 1}.");
            }

            bytes[i] = byte.CreateTruncating(ids[i]);
        }

        return Encoding.UTF8.GetString(bytes);
    }
}
