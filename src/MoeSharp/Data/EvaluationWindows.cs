using System.Globalization;
using System.Numerics;

namespace MoeSharp.Data;

/// <summary>
/// Windows that predict every byte of a text exactly once, in order. Bits per byte over the counted targets are comparable with
/// <see cref="WittenBell.BitsPerByte"/> and <see cref="GzipBaseline"/>: all divide by the same bytes.
/// </summary>
/// <remarks>
/// A line feed stands before the text, so that its first byte has a byte to follow. All windows are <c>Context + 1</c> ids; of window k only the last
/// <see cref="Counted"/>(k) targets count. The first window counts all <c>Context</c> of them: its j-th target sees the j ids before it. With
/// <c>stride = context</c> that holds for every window (no byte sees more than <c>Context</c> ids, half see fewer than half of that). With a smaller
/// stride a window begins <c>stride</c> bytes after the one before and counts its last <c>stride</c> targets: each sees at least
/// <c>Context − stride + 1</c> ids, for <c>Context / stride</c> times the work. The last window ends with the text, so it may begin earlier
/// and count fewer; what it counts sees the most.
/// </remarks>
public sealed class EvaluationWindows
{
    private readonly byte[] _text;

    /// <summary>Lays the windows.</summary>
    /// <param name="text">The text to predict; read, never copied.</param>
    /// <param name="context">Targets a window.</param>
    /// <param name="stride">Targets that count from the second window on; <paramref name="context"/> when left out.</param>
    /// <exception cref="TextDataException">The text is shorter than one window.</exception>
    public EvaluationWindows(byte[] text, int context, int? stride = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 1);
        (_text, Context, Stride) = (text, context, stride ?? context);
        ArgumentOutOfRangeException.ThrowIfLessThan(Stride, 1, nameof(stride));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Stride, context, nameof(stride));
        if (text.Length < context)
        {
            throw new TextDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"The validation text has {text.Length} bytes; one window takes {context}. Give more text or a shorter context."));
        }

        Count = 1 + ((text.Length - context + Stride - 1) / Stride);
    }

    /// <summary>Targets a window.</summary>
    public int Context { get; }

    /// <summary>Targets that count, from the second window on.</summary>
    public int Stride { get; }

    /// <summary>Number of windows.</summary>
    public int Count { get; }

    /// <summary>How many targets of a window count: its last ones. 0 for windows past the end.</summary>
    /// <param name="window">The window's number, from 0.</param>
    public int Counted(int window) =>
        window >= Count ? 0
        : window == 0 ? Context
        : EndOf(window) - EndOf(window - 1);

    /// <summary>
    /// Writes one batch of consecutive windows. Rows past the last window repeat it and count nothing, so every batch has the same shape.
    /// </summary>
    /// <typeparam name="T"><see cref="int"/> or <see cref="long"/>.</typeparam>
    /// <param name="first">The first window's number, from 0.</param>
    /// <param name="destination">Token ids, <c>[batch, Context + 1]</c> row by row.</param>
    /// <param name="counted">For each row, how many of its last targets count, <c>[batch]</c>.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="destination"/> is not <c>Context + 1</c> times as long as <paramref name="counted"/>.
    /// </exception>
    public void Fill<T>(int first, Span<T> destination, Span<int> counted)
        where T : unmanaged, IBinaryInteger<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        var length = Context + 1;
        if (destination.Length != counted.Length * length)
        {
            throw new ArgumentException(
                $"{counted.Length} windows take {counted.Length} × {length} ids; the destination has {destination.Length}.", nameof(destination));
        }

        for (var row = 0; row < counted.Length; row++)
        {
            counted[row] = Counted(first + row);
            var start = EndOf(Math.Min(first + row, Count - 1)) - Context - 1;
            for (var i = 0; i < length; i++)
            {
                var at = start + i;
                destination[(row * length) + i] = T.CreateTruncating(at < 0 ? (byte)'\n' : _text[at]);
            }
        }
    }

    // The byte after the window's last target.
    private int EndOf(int window) => (int)Math.Min(_text.Length, Context + ((long)window * Stride));
}
