using System.Numerics;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>
/// Causal self-attention, softmax(q·kᵀ / √headDim)·v, blockwise with the softmax carried along (FlashAttention; Dao et al., 2022,
/// arXiv:2205.14135): no sequence × sequence matrix is kept. Query heads share key and value heads in groups (Ainslie et al., 2023,
/// arXiv:2305.13245): head h reads head h / (heads / kvHeads).
/// </summary>
public static class Attention
{
    /// <summary>o = softmax(q·kᵀ / √headDim)·v for every sequence and head; token t sees the tokens of its sequence up to itself.</summary>
    /// <param name="workers">The threads; a task is one key head of one sequence.</param>
    /// <param name="qkv">[tokens, (heads + 2·kvHeads)·headDim]: query heads, key heads, value heads.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="kvHeads">Key (and value) heads; divides <paramref name="heads"/>.</param>
    /// <param name="headDim">Width of a head.</param>
    /// <param name="sequence">Tokens a sequence; divides the tokens.</param>
    /// <param name="o">[tokens, heads·headDim], overwritten.</param>
    /// <param name="logSumExp">[heads, tokens], overwritten: log Σ e^score of every row, what <see cref="Backward"/> needs.</param>
    /// <param name="cache">In decoding: the keys and values of the tokens before, which these tokens see too and theirs are added to.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, a matrix is not row-major, or the cache has no room.</exception>
    public static void Forward<T>(
        Workers workers, Matrix<T> qkv, int heads, int kvHeads, int headDim, int sequence, Matrix<T> o, Matrix<T> logSumExp, KeyValues<T>? cache = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var shape = new AttentionShape("Attention.Forward", qkv.Rows, heads, kvHeads, headDim, sequence);
        Check("Attention.Forward", shape, qkv, o, logSumExp);
        cache?.Prepare(shape);
        workers.Run(shape.Batch * kvHeads, task => AttentionForward.Run(shape, task / kvHeads, task % kvHeads, qkv, o, logSumExp, cache));
    }

    /// <summary>The gradient of <see cref="Forward"/>; the scores are computed again from <paramref name="logSumExp"/>.</summary>
    /// <param name="workers">The threads; a task is one key head of one sequence.</param>
    /// <param name="dO">[tokens, heads·headDim].</param>
    /// <param name="qkv">[tokens, (heads + 2·kvHeads)·headDim], from the forward pass.</param>
    /// <param name="o">[tokens, heads·headDim], from the forward pass.</param>
    /// <param name="logSumExp">[heads, tokens], from the forward pass.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="kvHeads">Key (and value) heads; divides <paramref name="heads"/>.</param>
    /// <param name="headDim">Width of a head.</param>
    /// <param name="sequence">Tokens a sequence; divides the tokens.</param>
    /// <param name="dQkv">[tokens, (heads + 2·kvHeads)·headDim], every element overwritten; the heads of a group are added in their order.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Backward<T>(
        Workers workers, Matrix<T> dO, Matrix<T> qkv, Matrix<T> o, Matrix<T> logSumExp, int heads, int kvHeads, int headDim, int sequence, Matrix<T> dQkv)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var shape = new AttentionShape("Attention.Backward", qkv.Rows, heads, kvHeads, headDim, sequence);
        Check("Attention.Backward", shape, qkv, o, logSumExp);
        Require.Shape("Attention.Backward", dO, o.Rows, o.Columns);
        Require.Shape("Attention.Backward", dQkv, qkv.Rows, qkv.Columns);
        workers.Run(shape.Batch * kvHeads, task => AttentionBackward.Run(shape, task / kvHeads, task % kvHeads, dO, qkv, o, logSumExp, dQkv));
    }

    private static void Check<T>(string kernel, AttentionShape shape, Matrix<T> qkv, Matrix<T> o, Matrix<T> logSumExp)
        where T : unmanaged
    {
        var tokens = qkv.Rows;
        Require.Shape(kernel, qkv, tokens, (shape.Heads + (2 * shape.KvHeads)) * shape.HeadDim);
        Require.Shape(kernel, o, tokens, shape.Heads * shape.HeadDim);
        Require.Shape(kernel, logSumExp, shape.Heads, tokens);
    }
}

/// <summary>The sizes of one attention, and where its heads lie in a row.</summary>
internal readonly struct AttentionShape
{
    public AttentionShape(string kernel, int tokens, int heads, int kvHeads, int headDim, int sequence)
    {
        if (heads <= 0 || kvHeads <= 0 || heads % kvHeads != 0 || headDim <= 0)
        {
            throw new ArgumentException($"{kernel}: {heads} heads of {headDim} over {kvHeads} key heads: all must be positive, and kvHeads must divide heads.", nameof(heads));
        }

        if (sequence <= 0 || tokens % sequence != 0)
        {
            throw new ArgumentException($"{kernel}: {tokens} tokens are not a whole number of sequences of {sequence}.", nameof(sequence));
        }

        (Heads, KvHeads, HeadDim, Sequence, Batch) = (heads, kvHeads, headDim, sequence, tokens / sequence);
    }

    public int Heads { get; }

    public int KvHeads { get; }

    public int HeadDim { get; }

    public int Sequence { get; }

    public int Batch { get; }

    public int Group => Heads / KvHeads;

    /// <summary>1 / (√headDim · ln 2): scores times this are exponents of two, which are had for less than those of e.</summary>
    public double BinaryScale => 1 / Math.Sqrt(HeadDim) / Exponential.Ln2;

    /// <summary>Whether a query head is the first of those that share its key head,</summary>
    public bool IsFirstOfGroup(int head) => head % Group == 0;

    /// <summary>or the last.</summary>
    public bool IsLastOfGroup(int head) => head % Group == Group - 1;

    /// <summary>The tokens and the key head of the task after one.</summary>
    /// <param name="tokens">[Sequence, any number]: those of the task.</param>
    /// <param name="kvHead">Its key head.</param>
    public (Matrix<T> Tokens, int KvHead) After<T>(Matrix<T> tokens, int kvHead)
        where T : unmanaged => kvHead + 1 < KvHeads ? (tokens, kvHead + 1) : (tokens.RowRange(Sequence, Sequence), 0);

    public int QueryColumn(int head) => head * HeadDim;

    public int KeyColumn(int kvHead) => (Heads + kvHead) * HeadDim;

    public int ValueColumn(int kvHead) => (Heads + KvHeads + kvHead) * HeadDim;

    /// <summary>A head's width in whole vectors.</summary>
    public int PaddedDim<T>() => RoundUp(HeadDim, Vector512<T>.Count);

    /// <summary>A sequence's length in whole vectors and whole tiles.</summary>
    public int PaddedSequence<T>() => RoundUp(Sequence, Math.Max(Vector512<T>.Count, Tile.Rows));

    /// <summary>Elements between the rows of a transposed sequence: an odd number of vectors, so that the rows fall on different sets of the cache.</summary>
    public int TransposedStride<T>() => ((PaddedSequence<T>() / Vector512<T>.Count) | 1) * Vector512<T>.Count;

    /// <summary>Whether some rows of a head are whole tiles of whole vectors: those are multiplied where they lie, others in a padded copy.</summary>
    public bool IsWhole<T>(int rows) => rows % Tile.Rows == 0 && HeadDim == PaddedDim<T>();

    public static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}
