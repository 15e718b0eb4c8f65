using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary><see cref="GroupLimit"/> for as many tokens as a register has lanes: see <see cref="TokenLanes"/>.</summary>
internal static unsafe class GroupsInLanes
{
    /// <summary>Closes all but the best groups of each token.</summary>
    /// <param name="choice"><c>[N, lanes]</c>; the scores of closed groups become −∞.</param>
    /// <param name="count">N.</param>
    /// <param name="groups">G.</param>
    /// <param name="keep">The groups that stay.</param>
    /// <param name="bestOfGroup">Whether a group's score is its best, 1, or the sum of its two best, 2.</param>
    /// <param name="scores">Room for the groups' scores, <c>[G, lanes]</c>.</param>
    /// <returns>False where a group's score is NaN: then nothing is closed.</returns>
    public static bool TryLimit<T>(T* choice, int count, int groups, int keep, int bestOfGroup, T* scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var lanes = Vector512<T>.Count;
        var size = count / groups;
        var numbers = Vector512<T>.AllBitsSet;
        for (var group = 0; group < groups; group++)
        {
            var score = Score(choice + (group * size * lanes), size, bestOfGroup);
            score.Store(scores + (group * lanes));
            numbers &= Vector512.Equals(score, score);
        }

        if (!Vector512.EqualsAll(numbers.AsInt64(), Vector512<long>.AllBitsSet))
        {
            return false;
        }

        for (var group = 0; group < groups; group++)
        {
            var isKept = Vector512.LessThan(Ahead(scores, group, groups), Vector512.Create(T.CreateTruncating(keep)));
            for (var i = group * size; i < (group + 1) * size; i++)
            {
                Vector512.ConditionalSelect(isKept, Vector512.Load(choice + (i * lanes)), Vector512.Create(T.NegativeInfinity)).Store(choice + (i * lanes));
            }
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Score<T>(T* choice, int size, int bestOfGroup)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var lowest = Vector512.Create(T.NegativeInfinity);
        var (best, second) = (lowest, lowest);
        for (var i = 0; i < size; i++)
        {
            var each = Vector512.Load(choice + (i * Vector512<T>.Count));
            var score = Vector512.ConditionalSelect(Vector512.Equals(each, each), each, lowest);
            second = Vector512.MaxNative(second, Vector512.MinNative(best, score));
            best = Vector512.MaxNative(best, score);
        }

        return bestOfGroup == 1 ? best : best + second;
    }

    /// <summary>How many groups are ahead of one: the greater ones, and equal ones before it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Ahead<T>(T* scores, int group, int groups)
        where T : unmanaged
    {
        var lanes = Vector512<T>.Count;
        var own = Vector512.Load(scores + (group * lanes));
        var ahead = Vector512<T>.Zero;
        for (var other = 0; other < groups; other++)
        {
            var score = Vector512.Load(scores + (other * lanes));
            var isAhead = other < group ? Vector512.GreaterThanOrEqual(score, own) : Vector512.GreaterThan(score, own);
            ahead += isAhead & Vector512<T>.One;
        }

        return ahead;
    }
}
