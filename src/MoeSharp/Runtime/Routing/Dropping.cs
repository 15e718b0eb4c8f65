using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>
/// Which pairs of a token and an expert are dropped because their expert, or the device it lies on, is over its budget. Experts lie in G contiguous groups of N/G
/// (each its own, or those of a device), and a group takes at most <c>⌈factor·K·T/G⌉</c> pairs, T the counted tokens. A padding token has no place: it takes none,
/// is sent to no expert, and is no dropped one.
/// </summary>
public static class Dropping
{
    /// <summary>The pairs a group takes: <c>⌈factor·K·T/G⌉</c>, at least one and at most all. In decimal: 1.1·10 is 11 and not a little more.</summary>
    public static int Places(double factor, int tokens, int slots, int groups)
    {
        var pairs = (long)tokens * slots;
        return factor >= groups ? checked((int)pairs) : checked((int)Math.Min(pairs, Math.Max(1, Math.Ceiling((decimal)factor * pairs / groups))));
    }

    /// <summary>Copies the choice, of which pairs are dropped then.</summary>
    /// <param name="experts"><c>[tokens, K]</c>.</param>
    /// <param name="kept"><c>[tokens, K]</c>, overwritten.</param>
    public static void Begin(Matrix<int> experts, Matrix<int> kept)
    {
        for (var token = 0; token < experts.Rows; token++)
        {
            experts.Row(token).CopyTo(kept.Row(token));
        }
    }

    /// <summary>The latest pairs go: all first choices come before all second ones, the tokens of each in their order.</summary>
    /// <param name="pass">The tokens, and which of them are padding.</param>
    /// <param name="sparseLayer">The layer, for the report.</param>
    /// <param name="kept"><c>[tokens, K]</c>: the choice, −1 where a slot has none; −1 where it was dropped.</param>
    /// <param name="count">N.</param>
    /// <param name="groups">G.</param>
    /// <param name="factor">The budget as a multiple of the mean load.</param>
    public static void ByPosition<T>(Pass<T> pass, int sparseLayer, Matrix<int> kept, int count, int groups, double factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(pass);
        var places = Places(factor, DropPadding(pass, kept), kept.Columns, groups);
        pass.Drops.Begin(groups, 0);
        var taken = pass.Drops.Counts(groups);
        var (size, dropped) = (count / groups, 0L);
        for (var slot = 0; slot < kept.Columns; slot++)
        {
            for (var token = 0; token < kept.Rows; token++)
            {
                if (kept[token, slot] is >= 0 and var expert && taken[expert / size]++ >= places)
                {
                    kept[token, slot] = -1;
                    dropped++;
                }
            }
        }

        pass.Routing.AddDropped(sparseLayer, dropped);
    }

    /// <summary>The pairs of the lowest scores go; of equal ones that of the later token, then of the later slot.</summary>
    /// <param name="pass">The tokens, and which of them are padding.</param>
    /// <param name="sparseLayer">The layer, for the report.</param>
    /// <param name="kept"><c>[tokens, K]</c>: the choice, −1 where a slot has none; −1 where it was dropped.</param>
    /// <param name="scores"><c>[tokens, N]</c>, unbiased.</param>
    /// <param name="groups">G.</param>
    /// <param name="factor">The budget as a multiple of the mean load.</param>
    /// <param name="exempt">The part of the sequences whose pairs are never dropped, and take their places first.</param>
    public static void ByScore<T>(Pass<T> pass, int sparseLayer, Matrix<int> kept, Matrix<T> scores, int groups, double factor, double exempt = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(pass);
        var places = Places(factor, DropPadding(pass, kept), kept.Columns, groups);
        Sort(pass, kept, scores, groups, exempt);
        var (plan, dropped) = (pass.Drops, 0L);
        pass.Workers.Run(groups, group =>
        {
            var beyond = plan.Beyond(group, places);
            foreach (var pair in beyond)
            {
                kept[pair.Place / kept.Columns, pair.Place % kept.Columns] = -1;
            }

            Interlocked.Add(ref dropped, beyond.Length);
        });

        pass.Routing.AddDropped(sparseLayer, dropped);
    }

    /// <summary>The values of kept pairs, 0 for dropped ones, whatever lies there: weights in forward, their gradients in backward.</summary>
    /// <param name="values"><c>[tokens, K]</c>.</param>
    /// <param name="kept"><c>[tokens, K]</c>: −1 where a pair was dropped.</param>
    /// <param name="result"><c>[tokens, K]</c>, overwritten.</param>
    public static void Zero<T>(Matrix<T> values, Matrix<int> kept, Matrix<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var token = 0; token < values.Rows; token++)
        {
            for (var slot = 0; slot < values.Columns; slot++)
            {
                result[token, slot] = kept[token, slot] < 0 ? T.Zero : values[token, slot];
            }
        }
    }

    /// <summary>Puts every pair into its group.</summary>
    private static void Sort<T>(Pass<T> pass, Matrix<int> kept, Matrix<T> scores, int groups, double exempt)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (plan, slots, size) = (pass.Drops, kept.Columns, scores.Columns / groups);
        plan.Begin(groups, checked(kept.Rows * slots));
        var counts = plan.Counts(groups);
        for (var token = 0; token < kept.Rows; token++)
        {
            foreach (var expert in kept.Row(token))
            {
                if (expert >= 0)
                {
                    counts[expert / size]++;
                }
            }
        }

        plan.Lay(groups);
        for (var token = 0; token < kept.Rows; token++)
        {
            var isExempt = exempt > 0 && pass.IsExempt(token / pass.Sequence, exempt);
            for (var slot = 0; slot < slots; slot++)
            {
                if (kept[token, slot] is >= 0 and var expert)
                {
                    plan.Add(expert / size, isExempt ? double.PositiveInfinity : double.CreateTruncating(scores[token, expert]), (token * slots) + slot);
                }
            }
        }
    }

    /// <summary>Sends padding to no expert.</summary>
    /// <returns>The tokens that are none.</returns>
    private static int DropPadding<T>(Pass<T> pass, Matrix<int> kept)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var counted = kept.Rows;
        for (var token = 0; token < kept.Rows; token++)
        {
            if (!pass.IsCounted(token))
            {
                kept.Row(token).Fill(-1);
                counted--;
            }
        }

        return counted;
    }
}
