namespace MoeSharp.Runtime;

/// <summary>
/// The plans of the last choices, one a layer with a gate: backward finds what forward made. A plan is known by the choice itself, so it does not matter who asks in
/// which order: a forward that runs again, an evaluation between, or two layers that chose alike.
/// </summary>
/// <param name="layers">How many are kept.</param>
internal sealed class DispatchPlans(int layers)
{
    private readonly DispatchPlan[] _plans = [.. Enumerable.Range(0, layers).Select(_ => new DispatchPlan())];
    private int _newest = -1;

    /// <summary>The plan of a choice, good until <c>layers</c> others were asked for.</summary>
    /// <param name="experts">[tokens, K]: the expert of every slot; −1 when it was dropped.</param>
    /// <param name="expertCount">Number of experts.</param>
    /// <param name="blockRows">The most rows of a block.</param>
    public DispatchPlan Of(Matrix<int> experts, int expertCount, int blockRows)
    {
        // Backward asks in the order in which they grow old.
        for (var age = 0; age < _plans.Length; age++)
        {
            var plan = _plans[(_newest - age + _plans.Length) % _plans.Length];
            if (plan.IsOf(experts, expertCount, blockRows))
            {
                return plan;
            }
        }

        _newest = (_newest + 1) % _plans.Length;
        _plans[_newest].Build(experts, expertCount, blockRows);
        return _plans[_newest];
    }
}
