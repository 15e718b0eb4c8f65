using System.Globalization;
using System.Numerics;

namespace MoeSharp.Data;

/// <summary>
/// Endless, deterministic batches of a text. An epoch cuts the text into windows that predict <see cref="Context"/> bytes each, beginning
/// at a random offset below <see cref="Context"/>, and visits every window once, in random order; the offset and the order follow from
/// the seed and the epoch's number alone.
/// </summary>
/// <remarks>
/// A window is <c>Context + 1</c> ids: the first <c>Context</c> are the input, the last <c>Context</c> the targets. Neighbouring windows share
/// one id, so within an epoch no byte is a target twice, and every byte is one except the first (offset + 1) and the last few (fewer than
/// <c>Context</c>), which change with the epoch. A batch may hold the end of one epoch and the beginning of the next.
/// </remarks>
public sealed class BatchSampler
{
    private readonly byte[] _text;
    private readonly int[] _order;
    private readonly int _seed;
    private readonly string _fingerprint;
    private int _epoch;
    private int _position;
    private int _offset;
    private int _windows;

    /// <summary>Begins at the first epoch.</summary>
    /// <param name="text">The training text; read, never copied.</param>
    /// <param name="context">Bytes a window predicts.</param>
    /// <param name="seed">Fixes the sequence.</param>
    /// <exception cref="TextDataException">The text is shorter than one window.</exception>
    public BatchSampler(byte[] text, int context, int seed)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 1);
        if (text.Length <= context)
        {
            throw new TextDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"The training text has {text.Length} bytes; one window takes {context} + 1. Give more text or a shorter context."));
        }

        (_text, Context, _seed) = (text, context, seed);
        _fingerprint = SplitMix64.Hash(text).ToString("x16", CultureInfo.InvariantCulture);
        _order = new int[(text.Length - 1) / context];
        Shuffle(0);
    }

    /// <summary>Goes on where another sampler of the same text stood.</summary>
    /// <param name="text">The training text.</param>
    /// <param name="state">The other's <see cref="State"/>.</param>
    /// <exception cref="TextDataException">The state belongs to another text.</exception>
    public BatchSampler(byte[] text, SamplerState state)
        : this(text, (state ?? throw new ArgumentNullException(nameof(state))).Context, state.Seed)
    {
        if (state.Text != _fingerprint)
        {
            throw new TextDataException(
                $"The checkpoint's data position belongs to another training text (fingerprint {state.Text}, this text's is {_fingerprint}). "
                + "Resume with the text the run began with.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(state.Epoch);
        Shuffle(state.Epoch);
        if (state.Position < 0 || state.Position > _windows)
        {
            throw new TextDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"The checkpoint's data position is damaged: window {state.Position} of {_windows}. Resume from another checkpoint."));
        }

        _position = state.Position;
    }

    /// <summary>Bytes a window predicts.</summary>
    public int Context { get; }

    /// <summary>Windows of the current epoch; one more or less in another, as the offset falls.</summary>
    public int WindowsPerEpoch => _windows;

    /// <summary>Where the sampler stands now.</summary>
    public SamplerState State => new(_seed, _epoch, _position, Context, _fingerprint);

    /// <summary>Writes the next batch; allocates nothing.</summary>
    /// <typeparam name="T"><see cref="int"/> or <see cref="long"/>.</typeparam>
    /// <param name="destination">Token ids, <c>[batch, Context + 1]</c> row by row; its length says how large the batch is.</param>
    /// <exception cref="ArgumentException">The length is not a multiple of <c>Context + 1</c>.</exception>
    public void Next<T>(Span<T> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        var length = Context + 1;
        if (destination.Length % length != 0)
        {
            throw new ArgumentException($"A batch is a whole number of windows of {length} ids; {destination.Length} is none.", nameof(destination));
        }

        for (var row = 0; row < destination.Length; row += length)
        {
            if (_position == _windows)
            {
                Shuffle(_epoch + 1);
            }

            var start = _offset + (_order[_position++] * Context);
            for (var i = 0; i < length; i++)
            {
                destination[row + i] = T.CreateTruncating(_text[start + i]);
            }
        }
    }

    private void Shuffle(int epoch)
    {
        var random = new SplitMix64(SplitMix64.Mix(((ulong)(uint)_seed << 32) | (uint)epoch));

        // The offset leaves room for one window at least.
        _offset = random.Next(Math.Min(Context, _text.Length - Context));
        _windows = (_text.Length - 1 - _offset) / Context;
        (_epoch, _position) = (epoch, 0);

        // Fisher and Yates, from the sorted order: the permutation must not depend on the epoch before.
        for (var i = 0; i < _windows; i++)
        {
            var j = random.Next(i + 1);
            _order[i] = _order[j];
            _order[j] = i;
        }
    }
}
