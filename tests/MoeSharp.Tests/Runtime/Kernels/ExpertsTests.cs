using System.Numerics;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

[Collection("Workers")]
public class ExpertsTests
{
    private static readonly Workers s_workers = Workers.Shared;

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(17, 2, 3)]
    [InlineData(65, 4, 64)]
    public void ThePlanSortsPairsByExpertThenToken(int tokens, int slots, int experts)
    {
        using var chosen = Blocks.Integers(tokens, slots, 1, -1, experts);
        var plan = new DispatchPlan();

        // A larger plan first: what it leaves behind must not show.
        using var larger = Blocks.Integers(tokens + 9, slots + 1, 2, 0, experts);
        plan.Build(larger, experts);
        plan.Build(chosen, experts);

        var pairs = (from token in Enumerable.Range(0, tokens)
                     from slot in Enumerable.Range(0, slots)
                     where chosen.View[token, slot] >= 0
                     orderby chosen.View[token, slot], token, slot
                     select (Expert: chosen.View[token, slot], Token: token, Slot: slot)).ToArray();
        Assert.Equal(pairs.Length, plan.Rows);
        Assert.Equal(pairs.Select(pair => pair.Token), plan.RowToken[..plan.Rows]);
        Assert.Equal(pairs.Select(pair => pair.Slot), plan.RowSlot[..plan.Rows]);
        Assert.Equal(Enumerable.Range(0, experts + 1).Select(e => pairs.Count(pair => pair.Expert < e)), plan.Offsets[..(experts + 1)]);
        Assert.Equal(
            from token in Enumerable.Range(0, tokens) from slot in Enumerable.Range(0, slots) select Array.FindIndex(pairs, pair => pair.Token == token && pair.Slot == slot),
            plan.SlotRow[..(tokens * slots)]);
    }

    [Fact]
    public void AnExpertThatIsNoneIsNamed()
    {
        using var chosen = new Block<int>(2, 2, (row, column) => (2 * row) + column);
        Assert.Contains("experts[1, 1] of [2, 2] is 3", Assert.Throws<ArgumentException>(() => new DispatchPlan().Build(chosen, 3)).Message);
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(17, 3, 5, 17)]
    [InlineData(65, 2, 8, 64)]
    public void GatherCombineAndScatterAreTheFormulas(int tokens, int slots, int experts, int dim)
    {
        using var chosen = Blocks.Integers(tokens, slots, 1, -1, experts);
        var plan = new DispatchPlan();
        plan.Build(chosen, experts);
        using var x = Blocks.Random<double>(tokens, dim, 2);
        using var rows = new Block<double>(plan.Rows, dim);
        Experts.Gather<double, double>(x, plan, 0, plan.Rows, rows);
        Assert.Equal(plan.RowToken[..plan.Rows].SelectMany(token => x.View.Row(token).ToArray()), rows.ToArray());

        using var weights = Blocks.Random<double>(tokens, slots, 3);
        using var y = Blocks.Random<double>(tokens, dim, 4);
        double Expected(int token, int i, bool weighted) => Enumerable.Range(0, slots).Where(slot => chosen.View[token, slot] >= 0)
            .Sum(slot => (weighted ? weights.View[token, slot] : 1) * x.View[token, i]);
        var places = (from token in Enumerable.Range(0, tokens) from i in Enumerable.Range(0, dim) select (token, i)).ToArray();
        var before = y.ToArray();
        Experts.Combine<double, double>(s_workers, rows, plan, weights, y, y, x);
        Numbers.Close(
            places.Select((place, at) => before[at] + x.View[place.token, place.i] + Expected(place.token, place.i, true)), y.ToArray(), Numbers.Exact);
        Experts.Combine<double, double>(s_workers, rows, plan, weights, y);
        Numbers.Close(places.Select(place => Expected(place.token, place.i, true)), y.ToArray(), Numbers.Exact);
        Experts.ScatterSum<double, double>(s_workers, rows, plan, y, accumulate: false);
        Numbers.Close(places.Select(place => Expected(place.token, place.i, false)), y.ToArray(), Numbers.Exact);
    }

    [Fact]
    public void FloatIsLikeDoubleAndTheSameAtAnyWorkerCount()
    {
        Numbers.Close(Combine<double>(), Combine<float>().Widen(), Numbers.Single);
        Numbers.SameBits(Combine<float>);
    }

    private static T[] Combine<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var chosen = Blocks.Integers(600, 4, 1, -1, 8);
        var plan = new DispatchPlan();
        plan.Build(chosen, 8);
        using var rows = Blocks.Random<T>(plan.Rows, 65, 2);
        using var weights = Blocks.Random<T>(600, 4, 3);
        using var y = new Block<T>(600, 65);
        Experts.Combine<T, T>(s_workers, rows, plan, weights, y);
        Experts.ScatterSum<T, T>(s_workers, rows, plan, y, accumulate: true);
        return y.ToArray();
    }
}
