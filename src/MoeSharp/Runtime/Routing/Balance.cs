using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>
/// Balance losses <c>α·Σ_i f_i·P_i</c>: with <c>c_i</c> the tokens that chose expert i out of T, <c>f_i = N/(K·T)·c_i</c> carries no gradient, and
/// <c>P_i</c> is the mean of the tokens' scores for i, divided by their sum over the experts where the gate is a sigmoid ("shares").
/// Tokens that the mask leaves out count in neither.
/// </summary>
public static class Balance
{
    /// <summary>
    /// The sequence-wise loss before its weight, the mean over sequences (DeepSeek-V3, arXiv 2412.19437 eq. 17–20): f counts the top K of the
    /// unbiased, ungrouped scores.
    /// </summary>
    /// <param name="pass">Tokens a sequence, and the mask.</param>
    /// <param name="scores">Unbiased scores, <c>[tokens, N]</c>.</param>
    /// <param name="active">K.</param>
    /// <param name="shares">Whether scores are divided by their sum.</param>
    public static double SequenceLoss<T>(Pass<T> pass, Matrix<T> scores, int active, bool shares)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sequences = pass.Tokens / pass.Sequence;
        var losses = new double[sequences];
        pass.Workers.For(pass.Tokens, pass.Sequence, (first, last) =>
        {
            Span<int> counts = scores.Columns <= 1024 ? stackalloc int[scores.Columns] : new int[scores.Columns];
            var counted = CountUnbiased(pass, scores, first, last, active, counts);
            losses[first / pass.Sequence] = Loss(pass, counts, counted, active, scores, first, last, shares);
        });

        return losses.Sum() / sequences;
    }

    /// <summary>The batch-wise loss before its weight (DeepSeekMoE, arXiv 2401.06066 eq. 12–14): f counts the experts chosen.</summary>
    public static double BatchLoss<T>(Pass<T> pass, Matrix<int> experts, Matrix<T> scores, bool shares)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var counts = new int[scores.Columns];
        var counted = CountChosen(pass, experts, counts);
        return Loss(pass, counts, counted, experts.Columns, scores, 0, pass.Tokens, shares);
    }

    /// <summary>What the gradient of every counted token's P receives in a sequence: <c>weight·scale·f_i / (T·sequences)</c>.</summary>
    public static void SequenceLoad<T>(Pass<T> pass, Matrix<T> scores, int first, int last, int active, double weight, Span<T> load)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<int> counts = scores.Columns <= 1024 ? stackalloc int[scores.Columns] : new int[scores.Columns];
        var counted = CountUnbiased(pass, scores, first, last, active, counts);
        Load(counts, counted, active, weight * pass.AuxiliaryScale / (pass.Tokens / pass.Sequence), load);
    }

    /// <summary>What the gradient of every counted token's P receives over the batch: <c>weight·scale·f_i / T</c>.</summary>
    public static T[] BatchLoad<T>(Pass<T> pass, Matrix<int> experts, int count, double weight)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var counts = new int[count];
        var load = new T[count];
        Load(counts, CountChosen(pass, experts, counts), experts.Columns, weight * pass.AuxiliaryScale, load);
        return load;
    }

    /// <summary>Adds the loss's gradient where scores are shares, <c>p_i = s_i/Σs</c>: <c>dS_j += (load_j − Σ_i load_i·p_i) / Σs</c>.</summary>
    public static void ShareBackward<T>(ReadOnlySpan<T> s, ReadOnlySpan<T> load, Span<T> dS)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (sum, inner) = (T.Zero, T.Zero);
        for (var i = 0; i < s.Length; i++)
        {
            sum += s[i];
            inner += load[i] * s[i];
        }

        inner /= sum;
        for (var i = 0; i < s.Length; i++)
        {
            dS[i] += (load[i] - inner) / sum;
        }
    }

    /// <summary>Adds the loss's gradient where scores already sum to one: <c>dS_j += load_j</c>.</summary>
    public static void ScoreBackward<T>(ReadOnlySpan<T> load, Span<T> dS)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < load.Length; i++)
        {
            dS[i] += load[i];
        }
    }

    private static double Loss<T>(Pass<T> pass, ReadOnlySpan<int> counts, int counted, int active, Matrix<T> scores, int first, int last, bool shares)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (counted == 0)
        {
            return 0;
        }

        var total = 0.0;
        for (var t = first; t < last; t++)
        {
            if (!pass.IsCounted(t))
            {
                continue;
            }

            var (sum, inner) = (0.0, 0.0);
            var s = scores.Row(t);
            for (var i = 0; i < s.Length; i++)
            {
                var score = double.CreateTruncating(s[i]);
                sum += score;
                inner += score * counts[i];
            }

            total += shares ? inner / sum : inner;
        }

        return total * counts.Length / ((double)active * counted * counted);
    }

    private static void Load<T>(ReadOnlySpan<int> counts, int counted, int active, double factor, Span<T> load)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < counts.Length; i++)
        {
            load[i] = counted == 0 ? T.Zero : T.CreateTruncating(factor * counts.Length * counts[i] / ((double)active * counted * counted));
        }
    }

    private static int CountUnbiased<T>(Pass<T> pass, Matrix<T> scores, int first, int last, int active, Span<int> counts)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<int> best = active <= 1024 ? stackalloc int[active] : new int[active];
        counts.Clear();
        var counted = 0;
        for (var t = first; t < last; t++)
        {
            if (pass.IsCounted(t))
            {
                TopK.Select<T>(scores.Row(t), best);
                Add(best, counts);
                counted++;
            }
        }

        return counted;
    }

    private static int CountChosen<T>(Pass<T> pass, Matrix<int> experts, Span<int> counts)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var counted = 0;
        for (var t = 0; t < pass.Tokens; t++)
        {
            if (pass.IsCounted(t))
            {
                Add(experts.Row(t), counts);
                counted++;
            }
        }

        return counted;
    }

    private static void Add(ReadOnlySpan<int> chosen, Span<int> counts)
    {
        foreach (var expert in chosen)
        {
            counts[expert]++;
        }
    }
}
