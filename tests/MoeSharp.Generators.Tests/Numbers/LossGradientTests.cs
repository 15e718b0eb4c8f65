using MoeSharp.Generators.Spec.Balance;

namespace MoeSharp.Generators.Tests.Numbers;

/// <summary>
/// What the compiler accepts of a balance loss has a gradient, and what it rejects for having none has none: every declaration is compiled, the rejected ones in
/// spite of the checks, and run in float64 on the kernels; that the other lowering gives the same is tested beside the library.
/// </summary>
public sealed class LossGradientTests
{
    /// <summary>Losses of weight 1 on random numbers of size 1: a gradient's largest entry is of the order of 0.01 to 1.</summary>
    private const double Some = 1e-4;

    /// <summary>What cancels does so up to the rounding of a few sums of numbers of size 1, 1e-16 each.</summary>
    private const double None = 1e-13;

    public static TheoryData<string> Accepted => [.. Where(errors => errors.Length == 0)];

    /// <summary>All but the load loss: its threshold is the best score that was not chosen, and where all are chosen there is none.</summary>
    public static TheoryData<string> Constant =>
        [.. Where(errors => errors.Length > 0 && errors.All(LossGradientScene.WithoutGradient.Contains)).Where(words => !words.Contains("LoadLoss"))];

    [Theory]
    [MemberData(nameof(Accepted))]
    public void An_accepted_loss_reaches_a_weight(string words) =>
        Assert.InRange(LossGradientScene.Largest(words), Some, double.MaxValue);

    [Theory]
    [MemberData(nameof(Constant))]
    public void A_loss_rejected_for_having_no_gradient_has_none(string words) =>
        Assert.InRange(LossGradientScene.Largest(words), 0, None);

    /// <summary>The tables hold something of everything: each loss accepted beside several gates, or the one it is for, and each but the z-loss rejected somewhere.</summary>
    [Fact]
    public void Every_loss_is_accepted_and_rejected_somewhere() => Assert.All(BalanceTable.All, row =>
    {
        int accepted = Where(errors => errors.Length == 0).Count(words => words.Contains(row.Word));
        Assert.True(row.Word == "LoadLoss" ? accepted > 0 : accepted >= 10, $"{row.Word} is accepted {accepted} times.");
        Assert.Equal(row.Word != "RouterZLoss", Where(errors => errors.Contains("MOE0416")).Any(words => words.Contains(row.Word)));
    });

    /// <summary>
    /// Nothing else is left out than what cannot work for a reason of its own: weights that are all 1, of which importance has no gradient either; a random second
    /// expert without two; expert choice with a loss of loads; a load loss without noise.
    /// </summary>
    [Fact]
    public void What_is_left_out_is_rejected_for_a_reason_of_its_own() => Assert.Equal(
        ["MOE0207", "MOE0219", "MOE0221", "MOE0406", "MOE0410", "MOE0416"],
        LossGradientScene.Declarations.SelectMany(pair => pair.Value.Errors).Distinct().Order());

    private static IEnumerable<string> Where(Func<string[], bool> errors) =>
        LossGradientScene.Declarations.Where(pair => errors(pair.Value.Errors)).Select(pair => pair.Key);
}
