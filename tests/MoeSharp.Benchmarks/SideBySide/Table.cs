namespace MoeSharp.Benchmarks.SideBySide;

/// <summary>A bar of the chart.</summary>
/// <param name="Group">The work.</param>
/// <param name="Name">Who does it.</param>
/// <param name="Value">Its time as a multiple of the machine's dense rate.</param>
internal sealed record Bar(string Group, string Name, double Value);

/// <summary>What a run found: the rows in the order they were measured, and the bars of the chart.</summary>
internal sealed class Table
{
    private readonly List<Goal> _goals = [];
    private readonly List<Bar> _bars = [];

    /// <summary>The rows.</summary>
    public IReadOnlyList<Goal> Goals => _goals;

    /// <summary>The bars.</summary>
    public IReadOnlyList<Bar> Bars => _bars;

    /// <summary>Called with each row as soon as it is there.</summary>
    public Action<Goal>? Added { get; init; }

    /// <summary>Adds a row.</summary>
    public void Add(Goal goal)
    {
        _goals.Add(goal);
        Added?.Invoke(goal);
    }

    /// <summary>Adds a bar.</summary>
    public void Add(Bar bar) => _bars.Add(bar);
}
