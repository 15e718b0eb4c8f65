namespace MoeSharp.Generators.Spec;

/// <summary>A mistake found in a declaration, without a position in any file: the analyzer looks that up.</summary>
/// <param name="Id"><c>MOE####</c>.</param>
/// <param name="Word">The attribute it is about, without its suffix (<c>Experts</c>); empty for the class's name.</param>
/// <param name="Argument">The argument it is about, as a property's name (<c>Active</c>, <c>Count</c>); empty for the whole attribute.</param>
/// <param name="Arguments">What the message's placeholders stand for.</param>
internal sealed record Finding(string Id, string Word, string Argument, EquatableArray<string> Arguments)
{
    /// <summary>Which of several attributes of that word it is about, counted from 0.</summary>
    public int Occurrence { get; init; }
}
