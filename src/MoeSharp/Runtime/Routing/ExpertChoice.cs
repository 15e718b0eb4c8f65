using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>Expert choice (arXiv 2202.09368): not the token chooses experts, each expert takes its best tokens of the batch.</summary>
public static class ExpertChoice
{
    /// <summary>The tokens each expert takes: <c>⌊C·T/N⌋</c>, T the tokens that are no padding, and at most all of them. In decimal: 2.3·100 is 230 and not a little less.</summary>
    public static int Places(int tokens, int experts, double capacity) => capacity >= experts ? tokens : (int)Math.Floor((decimal)capacity * tokens / experts);

    /// <summary>Fills each expert's column with its choice. Equal scores go to the lower token; padding is never taken.</summary>
    /// <param name="pass">The tokens, and which of them are padding.</param>
    /// <param name="scores"><c>[tokens, N]</c>.</param>
    /// <param name="capacity">C.</param>
    /// <param name="experts"><c>[tokens, N]</c>, overwritten: slot e of a token is e where expert e takes it, and −1 where it does not.</param>
    public static void Select<T>(Pass<T> pass, Matrix<T> scores, double capacity, Matrix<int> experts)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(pass);
        int[] counted = [.. Enumerable.Range(0, pass.Tokens).Where(pass.IsCounted)];
        var places = Places(counted.Length, scores.Columns, capacity);
        pass.Workers.For(scores.Columns, 1, (first, end) =>
        {
            for (var expert = first; expert < end; expert++)
            {
                for (var token = 0; token < pass.Tokens; token++)
                {
                    experts[token, expert] = -1;
                }

                foreach (var token in Best(counted, scores, expert, places))
                {
                    experts[token, expert] = expert;
                }
            }
        });
    }

    // A sort of T tokens an expert is little beside the expert's products over its share of them.
    private static ReadOnlySpan<int> Best<T>(int[] tokens, Matrix<T> scores, int expert, int places)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int[] order = [.. tokens];
        order.AsSpan().Sort((a, b) =>
        {
            var byScore = scores[b, expert].CompareTo(scores[a, expert]);
            return byScore != 0 ? byScore : a.CompareTo(b);
        });
        return order.AsSpan(0, places);
    }
}
