using System.Numerics;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>The K best of a few scores: a router's choice.</summary>
public static unsafe class TopK
{
    /// <summary>Finds the K greatest scores, K being the length of <paramref name="indices"/>.</summary>
    /// <remarks>The order is total: greater first, equal ones by lower index, NaN after every number (so after −∞).</remarks>
    /// <param name="scores">N scores.</param>
    /// <param name="indices">Overwritten with the indices of the K greatest, best first.</param>
    /// <exception cref="ArgumentException">There are fewer scores than places.</exception>
    public static void Select<T>(ReadOnlySpan<T> scores, Span<int> indices)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (indices.Length > scores.Length)
        {
            throw new ArgumentException($"TopK.Select: {indices.Length} indices are asked of {scores.Length} scores; ask for at most as many as there are.", nameof(indices));
        }

        if (indices.IsEmpty)
        {
            return;
        }

        if (scores.Length <= TopKInRegisters.Most<T>() && TopKInRegisters.TrySelect(scores, indices))
        {
            return;
        }

        var i = 0;
        for (; i < indices.Length; i++)
        {
            Insert(scores, indices[..(i + 1)], i);
        }

        fixed (T* start = scores)
        {
            for (; i <= scores.Length - Vector512<T>.Count; i += Vector512<T>.Count)
            {
                // Most vectors hold nothing better than the worst chosen; a NaN on either side fails the test and is looked at.
                if (Vector512.LessThanOrEqualAll(Vector512.Load(start + i), Vector512.Create(scores[indices[^1]])))
                {
                    continue;
                }

                for (var lane = 0; lane < Vector512<T>.Count; lane++)
                {
                    Offer(scores, indices, i + lane);
                }
            }
        }

        for (; i < scores.Length; i++)
        {
            Offer(scores, indices, i);
        }
    }

    private static void Offer<T>(ReadOnlySpan<T> scores, Span<int> chosen, int candidate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Better(scores[candidate], scores[chosen[^1]]))
        {
            Insert(scores, chosen, candidate);
        }
    }

    /// <summary>Puts the candidate where it belongs; the last place is free or falls out. Candidates come in ascending order, so among equals the earlier stays ahead.</summary>
    private static void Insert<T>(ReadOnlySpan<T> scores, Span<int> chosen, int candidate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var place = chosen.Length - 1;
        for (; place > 0 && Better(scores[candidate], scores[chosen[place - 1]]); place--)
        {
            chosen[place] = chosen[place - 1];
        }

        chosen[place] = candidate;
    }

    private static bool Better<T>(T a, T b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        a > b || (T.IsNaN(b) && !T.IsNaN(a));
}
