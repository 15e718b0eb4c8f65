namespace MoeSharp.Generators.Spec.Balance;

/// <summary>
/// One balance loss of the language, as data: parsing, the checks, the emission for both lowerings, the configuration and the reports follow from it.
/// A new loss is a row in a file of its own, its attribute, and its arithmetic in the library's Runtime/Routing/Balance.
/// </summary>
/// <param name="Word">The attribute, without its suffix; the name it is reported under.</param>
/// <param name="Key">Its name in the tensor program.</param>
/// <param name="Weight">The default weight, its paper's.</param>
internal sealed record BalanceRow(string Word, string Key, double Weight)
{
    /// <summary>The loss before its weight, as the generated code says it: <c>Σ_i f_i·P_i</c>.</summary>
    public required string Equation { get; init; }

    /// <summary>Within each sequence, then averaged; otherwise over the whole batch.</summary>
    public bool IsPerSequence { get; init; }

    /// <summary>Counts the K largest unbiased, ungrouped scores, whatever the gate chose.</summary>
    public bool CountsUnbiased { get; init; }
}
