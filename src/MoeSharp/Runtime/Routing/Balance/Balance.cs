using System.Numerics;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MoeSharp.Runtime;

/// <summary>
/// The kernels of the balance losses: forward a gate's counts and sums of scores, backward what every counted token's scores receive. The losses
/// themselves are functions of the sums.
/// </summary>
public static class Balance
{
    /// <summary>Tokens whose scores are added up in the gate's own type, before the sums go on in double.</summary>
    private const int Block = 128;

    /// <summary>Measures what a gate did, and keeps it for backward.</summary>
    /// <param name="pass">Tokens a sequence, and the mask.</param>
    /// <param name="sparseLayer">Whose gate.</param>
    /// <param name="experts">The chosen experts, <c>[tokens, K]</c>.</param>
    /// <param name="scores">Unbiased scores, <c>[tokens, N]</c>.</param>
    /// <param name="shares">Whether scores are divided by their sum.</param>
    /// <param name="bySequence">Whether a loss is within each sequence.</param>
    /// <param name="unbiased">Whether a loss counts the K largest scores themselves.</param>
    public static BalanceReport Measure<T>(
        Pass<T> pass, int sparseLayer, Matrix<int> experts, Matrix<T> scores, bool shares, bool bySequence = false, bool unbiased = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // The cut is by shape alone, and the parts are added in order: the sums do not depend on who computed which.
        var length = bySequence ? pass.Sequence : Block;
        var parts = new RoutingSums[(pass.Tokens + length - 1) / length];
        pass.Workers.For(pass.Tokens, length, (first, last) => parts[first / length] = Part(pass, experts, scores, first, last, shares, unbiased));
        return pass.Measured(sparseLayer, new BalanceSums(parts, bySequence));
    }

    /// <summary>Adds the losses' gradient where scores are shares, <c>p_i = s_i/Σs</c>: <c>dS_j += (dP_j − Σ_i dP_i·p_i) / Σs</c>.</summary>
    public static void ShareBackward<T>(ReadOnlySpan<T> s, ReadOnlySpan<T> dP, Span<T> dS)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (sum, inner) = (T.Zero, T.Zero);
        for (var i = 0; i < s.Length; i++)
        {
            sum += s[i];
            inner += dP[i] * s[i];
        }

        inner /= sum;
        for (var i = 0; i < s.Length; i++)
        {
            dS[i] += (dP[i] - inner) / sum;
        }
    }

    /// <summary>Adds the losses' gradient where scores already sum to one: <c>dS_j += dP_j</c>.</summary>
    public static void ScoreBackward<T>(ReadOnlySpan<T> dP, Span<T> dS)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TensorPrimitives.Add(dS, dP, dS);

    private static RoutingSums Part<T>(Pass<T> pass, Matrix<int> experts, Matrix<T> scores, int first, int last, bool shares, bool unbiased)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var count = scores.Columns;
        var (chosen, best, means) = (new long[count], unbiased ? new long[count] : [], new double[count]);
        var (block, top, tokens) = (new T[count], new int[experts.Columns], 0L);
        for (var begin = first; begin < last; begin += Block)
        {
            Array.Clear(block);
            for (var t = begin; t < Math.Min(last, begin + Block); t++)
            {
                if (!pass.IsCounted(t))
                {
                    continue;
                }

                tokens++;
                Add(experts.Row(t), chosen);
                var s = scores.Row(t);
                TensorPrimitives.MultiplyAdd<T>(s, shares ? T.One / SumOf(s) : T.One, block, block);
                if (unbiased)
                {
                    TopK.Select<T>(s, top);
                    Add(top, best);
                }
            }

            for (var i = 0; i < count; i++)
            {
                means[i] += double.CreateTruncating(block[i]);
            }
        }

        return new RoutingSums { Tokens = tokens, Chosen = chosen, Unbiased = best, Scores = means };
    }

    // From the left: the sum must not depend on where the row lies in memory.
    private static T SumOf<T>(ReadOnlySpan<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sum = T.Zero;
        foreach (var score in s)
        {
            sum += score;
        }

        return sum;
    }

    private static void Add(ReadOnlySpan<int> chosen, long[] counts)
    {
        foreach (var expert in chosen)
        {
            counts[expert]++;
        }
    }
}
