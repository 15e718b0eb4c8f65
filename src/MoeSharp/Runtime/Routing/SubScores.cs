using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>Several sub-scores an expert to its one score, and back: one row, one token. An expert's m sub-scores lie side by side.</summary>
public static class SubScores
{
    /// <summary>A softmax over each expert's sub-scores by itself.</summary>
    /// <param name="logits">N·m logits.</param>
    /// <param name="size">m.</param>
    /// <param name="p">Overwritten with N·m probabilities, of which m each sum to 1.</param>
    public static void Softmax<T>(ReadOnlySpan<T> logits, int size, Span<T> p)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var at = 0; at < p.Length; at += size)
        {
            Scores.Softmax(logits.Slice(at, size), p.Slice(at, size));
        }
    }

    /// <summary>In place, <c>dP</c> becomes the gradient of the logits, each expert's by itself.</summary>
    public static void SoftmaxBackward<T>(ReadOnlySpan<T> p, int size, Span<T> dP)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var at = 0; at < p.Length; at += size)
        {
            Scores.SoftmaxBackward(p.Slice(at, size), dP.Slice(at, size));
        }
    }

    /// <summary><c>s_i = max_j p_ij</c>.</summary>
    public static void Maximum<T>(ReadOnlySpan<T> p, Span<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var size = p.Length / s.Length;
        for (var i = 0; i < s.Length; i++)
        {
            s[i] = p[(i * size) + Best(p.Slice(i * size, size))];
        }
    }

    /// <summary>The greatest sub-score, the first of equal ones, gets its expert's gradient; the others get 0.</summary>
    public static void MaximumBackward<T>(ReadOnlySpan<T> dS, ReadOnlySpan<T> p, Span<T> dP)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var size = p.Length / dS.Length;
        dP.Clear();
        for (var i = 0; i < dS.Length; i++)
        {
            dP[(i * size) + Best(p.Slice(i * size, size))] = dS[i];
        }
    }

    /// <summary><c>s_i = Σ_j p_ij / m</c>.</summary>
    public static void Mean<T>(ReadOnlySpan<T> p, Span<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var size = p.Length / s.Length;
        for (var i = 0; i < s.Length; i++)
        {
            var sum = T.Zero;
            foreach (var score in p.Slice(i * size, size))
            {
                sum += score;
            }

            s[i] = sum / T.CreateTruncating(size);
        }
    }

    /// <summary>Every sub-score gets <c>dS_i / m</c>.</summary>
    public static void MeanBackward<T>(ReadOnlySpan<T> dS, Span<T> dP)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var size = dP.Length / dS.Length;
        for (var i = 0; i < dS.Length; i++)
        {
            dP.Slice(i * size, size).Fill(dS[i] / T.CreateTruncating(size));
        }
    }

    private static int Best<T>(ReadOnlySpan<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var best = 0;
        for (var j = 1; j < scores.Length; j++)
        {
            best = scores[j] > scores[best] ? j : best;
        }

        return best;
    }
}
