using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>
/// Scores of as many tokens as a register has lanes, a token a lane: <c>[N, lanes]</c>. What goes through a token's scores one after the other waits for each step;
/// here a step is that of all tokens, and is the same whatever N is. A lane's numbers are those of a plain loop over its row, bit for bit.
/// </summary>
internal static unsafe class TokenLanes
{
    /// <summary>Takes the rows of <c>lanes</c> tokens from the first on.</summary>
    public static void Load<T>(Matrix<T> rows, int first, T* tile)
        where T : unmanaged =>
        Transposition.Copy(rows.Pointer + (first * rows.RowStride), rows.RowStride, Vector512<T>.Count, rows.Columns, tile, Vector512<T>.Count);

    /// <summary>Adds a row to that of every token.</summary>
    public static void Add<T>(T* tile, ReadOnlySpan<T> row)
        where T : unmanaged
    {
        for (var i = 0; i < row.Length; i++, tile += Vector512<T>.Count)
        {
            (Vector512.Load(tile) + Vector512.Create(row[i])).Store(tile);
        }
    }

    /// <summary>Σ of each row, from the left: it must not depend on where the row lies in memory.</summary>
    /// <param name="rows"><c>[tokens, N]</c>.</param>
    /// <param name="sums">A number a token, overwritten.</param>
    public static void Sums<T>(Matrix<T> rows, T* sums)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var lanes = Vector512<T>.Count;
        using var tile = Scratch<T>.Rent(rows.Columns * lanes);
        for (var next = 0; next < rows.Rows; next += lanes)
        {
            // The last tokens are summed with some before them, which come out as they did.
            if (Math.Min(next, rows.Rows - lanes) is >= 0 and var first)
            {
                Load(rows, first, tile.Pointer);
                Sum(tile.Pointer, rows.Columns).Store(sums + first);
                continue;
            }

            for (var t = next; t < rows.Rows; t++)
            {
                sums[t] = T.Zero;
                foreach (var each in rows.Row(t))
                {
                    sums[t] += each;
                }
            }
        }
    }

    /// <summary>Finds the K greatest scores of each token, in the order of <see cref="TopK.Select"/>.</summary>
    /// <param name="tile"><c>[N, lanes]</c>; what was found becomes −∞.</param>
    /// <param name="count">N.</param>
    /// <param name="indices"><c>[lanes, K]</c>, overwritten.</param>
    /// <returns>False where a token has fewer than K scores above −∞: then it is not done.</returns>
    public static bool TryTopK<T>(T* tile, int count, Matrix<int> indices)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var lanes = Vector512<T>.Count;
        var lowest = Vector512.Create(T.NegativeInfinity);
        var found = stackalloc T[lanes];
        var words = sizeof(T) / sizeof(int);
        for (var place = 0; place < indices.Columns; place++)
        {
            // The first of equal ones, as each must be greater than those before it; NaN is greater than nothing.
            var (best, index, current) = (lowest, Vector512<T>.Zero, Vector512<T>.Zero);
            for (var i = 0; i < count; i++)
            {
                var score = Vector512.Load(tile + (i * lanes));
                index = Vector512.ConditionalSelect(Vector512.GreaterThan(score, best), current, index);
                best = Vector512.MaxNative(score, best);
                current = Next(current);
            }

            if (!Vector512.GreaterThanAll(best, lowest))
            {
                return false;
            }

            index.Store(found);
            for (var lane = 0; lane < lanes; lane++)
            {
                var expert = ((int*)found)[lane * words];
                indices.Pointer[(lane * indices.RowStride) + place] = expert;
                tile[(expert * lanes) + lane] = T.NegativeInfinity;
            }
        }

        return true;
    }

    private static Vector512<T> Sum<T>(T* tile, int count)
        where T : unmanaged
    {
        var sum = Vector512<T>.Zero;
        for (var i = 0; i < count; i++, tile += Vector512<T>.Count)
        {
            sum += Vector512.Load(tile);
        }

        return sum;
    }

    /// <summary>The next whole number in all lanes, which hold whole numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Next<T>(Vector512<T> number)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? (number.AsInt32() + Vector512<int>.One).As<int, T>() : (number.AsInt64() + Vector512<long>.One).As<long, T>();
}
