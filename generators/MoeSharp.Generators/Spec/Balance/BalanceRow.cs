namespace MoeSharp.Generators.Spec.Balance;

/// <summary>
/// One balance loss of the language, as data: parsing, the checks, the emission for both lowerings, the configuration and the reports follow from it.
/// A new loss is a row in a file of its own, its attribute, and its arithmetic in the library's Runtime/Routing/Balance.
/// </summary>
/// <param name="Word">The attribute, without its suffix.</param>
/// <param name="Key">Its name in the tensor program, the configuration and the reports.</param>
/// <param name="Weight">The default weight, its paper's.</param>
internal sealed record BalanceRow(string Word, string Key, double Weight)
{
    /// <summary>The loss before its weight, as the generated code says it: <c>Σ_i f_i·P_i</c>.</summary>
    public required string Equation { get; init; }

    /// <summary>The class of the library that computes it.</summary>
    public required string Class { get; init; }

    /// <summary>The attribute's arguments beside the weight, with their defaults; false is 0, and an enum's word is its number.</summary>
    public NamedNumber[] Options { get; init; } = [];

    /// <summary>What the library's functions are told beside the sums: names and values, by the names of their parameters.</summary>
    public Func<ModelSpec, BalanceLossSpec, NamedNumber[]> Arguments { get; init; } = (_, _) => [];

    /// <summary>What it reads of a token, and where its gradient goes.</summary>
    public BalancePath Path { get; init; } = BalancePath.Scores;

    /// <summary>The tokens it is computed over.</summary>
    public Func<BalanceLossSpec, BalanceScope> Scope { get; init; } = _ => BalanceScope.Batch;

    /// <summary>Which counts it asks for beside those of the chosen experts.</summary>
    public BalanceCounts Counts { get; init; } = BalanceCounts.Chosen;

    /// <summary>
    /// Why it is one number whatever the router says, and so has no gradient, in words that go on after "because"; null where it is not. It is asked only of
    /// declarations without another error.
    /// </summary>
    public Func<ModelSpec, BalanceLossSpec, string?> Constant { get; init; } = Constancy.OfCounts;

    /// <summary>Whether it is over the devices that experts lie on.</summary>
    public bool IsOverDevices { get; init; }
}

/// <summary>What a balance loss reads of a token; its gradient goes there.</summary>
internal enum BalancePath
{
    Scores,
    Weights,
    Logits,
    Noise,
}

/// <summary>The tokens that a balance loss is computed over; the names are those of the library's methods.</summary>
internal enum BalanceScope
{
    Batch,
    Sequences,
    Layers,
    Step,
}

/// <summary>Counts that not every loss asks for.</summary>
internal enum BalanceCounts
{
    Chosen,
    Unbiased,
    Devices,
}
