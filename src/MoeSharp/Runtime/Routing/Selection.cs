using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>The experts that the tokens of a task choose by their scores: as many tokens side by side as a register has lanes.</summary>
public static unsafe class Selection
{
    private const string Kernel = "Selection.TopK";

    /// <summary>Each token chooses the K experts of the greatest scores: of <c>s + b</c> where there is a bias, and within its best groups where they are limited.</summary>
    /// <remarks>The order is that of <see cref="TopK.Select"/>, that of groups too: greater first, equal ones by lower index, NaN after every number.</remarks>
    /// <param name="first">The task's first token.</param>
    /// <param name="end">The one after its last.</param>
    /// <param name="scores"><c>[tokens, N]</c>.</param>
    /// <param name="experts"><c>[tokens, K]</c>, overwritten from the first token to the last: the chosen experts, best first.</param>
    /// <param name="bias">The balance bias, <c>[1, N]</c>, added to the scores (DeepSeek-V3, arXiv 2412.19437 eq. 16).</param>
    /// <param name="groups">The contiguous groups that the experts lie in.</param>
    /// <param name="keep">The groups that stay eligible for a token; the others become −∞.</param>
    /// <param name="bestOfGroup">What a group's score is: 1 for <see cref="GroupLimit.Best"/>, 2 for <see cref="GroupLimit.SumOfTwoBest"/>.</param>
    /// <exception cref="ArgumentException">More experts are asked for than there are, or a matrix is not row-major.</exception>
    public static void TopK<T>(
        int first, int end, Matrix<T> scores, Matrix<int> experts, Matrix<T>? bias = null, int groups = 1, int keep = 1, int bestOfGroup = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.RowMajor(Kernel, scores);
        Require.RowMajor(Kernel, experts);
        if (experts.Columns > scores.Columns)
        {
            throw new ArgumentException($"{Kernel}: {experts.Columns} experts are asked of {scores.Columns} scores; ask for at most as many as there are.", nameof(experts));
        }

        var (count, lanes) = (scores.Columns, Vector512<T>.Count);
        using var scratch = Scratch<T>.Rent((count + groups) * lanes);
        for (var next = first; next < end; next += lanes)
        {
            // The last tokens are done with some before them, which come out as they did.
            var from = Math.Min(next, end - lanes);
            if (from < first || !TrySideBySide(from, scores, experts, bias, groups, keep, bestOfGroup, scratch.Pointer))
            {
                OneByOne(next, Math.Min(end, next + lanes), scores, experts, bias, groups, keep, bestOfGroup, new Span<T>(scratch.Pointer, count));
            }
        }
    }

    /// <summary>A register's tokens; false where that cannot be told from −∞ and NaN.</summary>
    private static bool TrySideBySide<T>(
        int first, Matrix<T> scores, Matrix<int> experts, Matrix<T>? bias, int groups, int keep, int bestOfGroup, T* choice)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TokenLanes.Load(scores, first, choice);
        if (bias is { } b)
        {
            TokenLanes.Add(choice, b.Row(0));
        }

        return (keep >= groups || GroupsInLanes.TryLimit(choice, scores.Columns, groups, keep, bestOfGroup, choice + (scores.Columns * Vector512<T>.Count)))
            && TokenLanes.TryTopK(choice, scores.Columns, experts.RowRange(first, Vector512<T>.Count));
    }

    private static void OneByOne<T>(
        int first, int end, Matrix<T> scores, Matrix<int> experts, Matrix<T>? bias, int groups, int keep, int bestOfGroup, Span<T> choice)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var t = first; t < end; t++)
        {
            scores.Row(t).CopyTo(choice);
            if (bias is { } b)
            {
                TensorPrimitives.Add<T>(choice, b.Row(0), choice);
            }

            if (keep < groups && bestOfGroup == 1)
            {
                GroupLimit.Best(choice, groups, keep);
            }
            else if (keep < groups)
            {
                GroupLimit.SumOfTwoBest(choice, groups, keep);
            }

            Runtime.TopK.Select<T>(choice, experts.Row(t));
        }
    }
}
