using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>
/// Group-limited routing: the experts lie in contiguous groups, and only the best groups stay eligible for a token. What is closed becomes −∞, not 0:
/// a negative biased score would lose against a 0. Ties go to the group of the lower index.
/// </summary>
public static class GroupLimit
{
    /// <summary>A group's score is its best score (DeepSeek-V2, arXiv 2405.04434 §2.2.2).</summary>
    public static void Best<T>(Span<T> choice, int groups, int keep)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> scores = groups <= 1024 ? stackalloc T[groups] : new T[groups];
        var size = choice.Length / groups;
        for (var group = 0; group < groups; group++)
        {
            var best = T.NegativeInfinity;
            foreach (var score in choice.Slice(group * size, size))
            {
                best = score > best ? score : best;
            }

            scores[group] = best;
        }

        CloseOthers(choice, scores, keep);
    }

    /// <summary>A group's score is the sum of its two best biased scores (DeepSeek-V3, arXiv 2412.19437 §2.1.2 and its code).</summary>
    public static void SumOfTwoBest<T>(Span<T> choice, int groups, int keep)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> scores = groups <= 1024 ? stackalloc T[groups] : new T[groups];
        var size = choice.Length / groups;
        for (var group = 0; group < groups; group++)
        {
            // Without a branch that the scores decide: it would be guessed wrong. NaN, which is not chosen, counts as −∞.
            var (best, second) = (T.NegativeInfinity, T.NegativeInfinity);
            foreach (var each in choice.Slice(group * size, size))
            {
                var score = T.IsNaN(each) ? T.NegativeInfinity : each;
                second = T.MaxNative(second, T.MinNative(best, score));
                best = T.MaxNative(best, score);
            }

            scores[group] = best + second;
        }

        CloseOthers(choice, scores, keep);
    }

    private static void CloseOthers<T>(Span<T> choice, ReadOnlySpan<T> scores, int keep)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<int> kept = keep <= 1024 ? stackalloc int[keep] : new int[keep];
        TopK.Select(scores, kept);
        var size = choice.Length / scores.Length;
        for (var group = 0; group < scores.Length; group++)
        {
            if (!kept.Contains(group))
            {
                choice.Slice(group * size, size).Fill(T.NegativeInfinity);
            }
        }
    }
}
