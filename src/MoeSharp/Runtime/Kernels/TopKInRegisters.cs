using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>
/// The K best of so few scores that one register holds them, or four: without a branch that the scores decide. A processor guesses such branches wrong, which
/// costs more than the work.
/// </summary>
internal static unsafe class TopKInRegisters
{
    /// <summary>The most scores.</summary>
    public static int Most<T>()
        where T : unmanaged => 4 * Vector512<T>.Count;

    /// <summary>As <see cref="TopK.Select"/>, where no score is NaN.</summary>
    /// <param name="scores">1 to <see cref="Most"/> scores.</param>
    /// <param name="indices">Overwritten, unless there is a NaN.</param>
    /// <returns>Whether it was done: false where a score is NaN.</returns>
    public static bool TrySelect<T>(ReadOnlySpan<T> scores, Span<int> indices)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* start = scores)
        {
            return scores.Length <= Vector512<T>.Count ? TryOne(start, scores.Length, indices) : TryFour(start, scores.Length, indices);
        }
    }

    private static bool TryOne<T>(T* scores, int count, Span<int> indices)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (v, open) = Load(scores, count);
        if (!Vector512.EqualsAll(v, v))
        {
            return false;
        }

        // A score's place is the number of those ahead of it: the greater ones, and equal ones before it. All places are counted side by side, where looking
        // for the greatest again and again would wait for one search after the other.
        var there = open.ExtractMostSignificantBits();
        var places = stackalloc int[Vector512<T>.Count];
        for (var lane = 0; lane < count; lane++)
        {
            var score = Vector512.Create(scores[lane]);
            var greater = Vector512.GreaterThan(v, score).ExtractMostSignificantBits();
            var equal = Vector512.Equals(v, score).ExtractMostSignificantBits() & ((1ul << lane) - 1);
            places[BitOperations.PopCount((greater | equal) & there)] = lane;
        }

        new ReadOnlySpan<int>(places, indices.Length).CopyTo(indices);
        return true;
    }

    private static bool TryFour<T>(T* scores, int count, Span<int> indices)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var lanes = Vector512<T>.Count;
        var (v0, open0) = Load(scores, count);
        var (v1, open1) = Load(scores + lanes, count - lanes);
        var (v2, open2) = Load(scores + (2 * lanes), count - (2 * lanes));
        var (v3, open3) = Load(scores + (3 * lanes), count - (3 * lanes));
        if (!Vector512.EqualsAll(v0, v0) || !Vector512.EqualsAll(v1, v1) || !Vector512.EqualsAll(v2, v2) || !Vector512.EqualsAll(v3, v3))
        {
            return false;
        }

        for (var place = 0; place < indices.Length; place++)
        {
            var best = Vector512.Create(Simd.MaxLanes(Vector512.MaxNative(
                Vector512.MaxNative(Vector512.ConditionalSelect(open0, v0, Lowest<T>()), Vector512.ConditionalSelect(open1, v1, Lowest<T>())),
                Vector512.MaxNative(Vector512.ConditionalSelect(open2, v2, Lowest<T>()), Vector512.ConditionalSelect(open3, v3, Lowest<T>())))));
            var found = Matches(v0, best, open0)
                | (Matches(v1, best, open1) << lanes)
                | (Matches(v2, best, open2) << (2 * lanes))
                | (Matches(v3, best, open3) << (3 * lanes));
            var index = BitOperations.TrailingZeroCount(found);
            indices[place] = index;
            open0 = Without(open0, index);
            open1 = Without(open1, index - lanes);
            open2 = Without(open2, index - (2 * lanes));
            open3 = Without(open3, index - (3 * lanes));
        }

        return true;
    }

    private static Vector512<T> Lowest<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Vector512.Create(T.NegativeInfinity);

    /// <summary>Some scores, and which lanes hold one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<T> Scores, Vector512<T> Open) Load<T>(T* scores, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => count <= 0
        ? (default, default)
        : (Simd.Load(scores, count), Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(count))));

    /// <summary>A bit for every open lane that holds the best: even −∞ is found, and no lane twice.</summary>
    private static ulong Matches<T>(Vector512<T> scores, Vector512<T> best, Vector512<T> open)
        where T : unmanaged => (Vector512.Equals(scores, best) & open).ExtractMostSignificantBits();

    private static Vector512<T> Without<T>(Vector512<T> open, int lane)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Vector512.AndNot(open, Vector512.Equals(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(lane))));
}
