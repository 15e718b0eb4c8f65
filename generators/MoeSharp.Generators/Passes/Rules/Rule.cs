using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes.Rules;

/// <summary>One row of a table of rules.</summary>
/// <param name="Id">The diagnostic.</param>
/// <param name="Word">The attribute it is about, without its suffix; empty for the class's name.</param>
/// <param name="Argument">The argument it is about; empty for the whole attribute.</param>
/// <param name="Broken">What the message's placeholders stand for where the declaration breaks the rule; null where it does not.</param>
internal sealed record Rule(string Id, string Word, string Argument, Func<ModelSpec, object[]?> Broken)
{
    /// <summary>Which of several attributes of that word it is about, counted from 0.</summary>
    public int Occurrence { get; init; }

    public Finding? Apply(ModelSpec spec) => Broken(spec) is { } values
        ? new(Id, Word, Argument, new([.. values.Select(Text)])) { Occurrence = Occurrence }
        : null;

    /// <summary>The same rule, which only some declarations can break.</summary>
    public Rule Where(Func<ModelSpec, bool> condition) => this with { Broken = m => condition(m) ? Broken(m) : null };

    private static string Text(object value) => value switch
    {
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
