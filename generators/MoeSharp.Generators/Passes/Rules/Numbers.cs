using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes.Rules;

/// <summary>Rules about one number on its own: each is a row that names the word, the argument and the value.</summary>
internal static class Numbers
{
    /// <summary>A size that has no default: it must be given, and be at least 1.</summary>
    public static Rule[] Required(string word, string argument, string meaning, Func<ModelSpec, int?> value) =>
    [
        new("MOE0101", word, "", spec => spec.Declares(word) && !spec.Declares($"{word}.{argument}") && value(spec) is not > 0 ? [word, argument, meaning] : null),
        Positive(word, argument, value),
    ];

    /// <summary>A size or a count that must be at least 1 where it is given; its default is.</summary>
    public static Rule Positive(string word, string argument, Func<ModelSpec, int?> value) =>
        new("MOE0102", word, argument, spec => spec.Declares($"{word}.{argument}") && value(spec) is < 1 and { } given ? [argument, given] : null);

    /// <summary>A count that may be 0.</summary>
    public static Rule NotNegative(string word, string argument, Func<ModelSpec, int?> value) =>
        new("MOE0103", word, argument, spec => value(spec) is < 0 and { } given ? [argument, given] : null);

    public static bool IsFinite(double value) => !double.IsNaN(value) && !double.IsInfinity(value);

    /// <summary>A finite number above 0: <c>NaN</c> and infinities are constants too.</summary>
    public static bool IsPositive(double value) => value > 0 && IsFinite(value);
}
