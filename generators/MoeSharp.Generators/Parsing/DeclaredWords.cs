using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using MoeSharp.Generators.Spec.Balance;

namespace MoeSharp.Generators.Parsing;

/// <summary>The language's attributes on one class, from all of its parts, by their names without the suffix.</summary>
internal sealed class DeclaredWords
{
    private const string Suffix = "Attribute";

    private static readonly ImmutableHashSet<string> Language =
    [
        "Transformer", "Attention", "FeedForward", "Experts", "Gate", "BalanceBias", .. BalanceTable.All.Select(row => row.Word),
        "Capacity", "DeviceCapacity",
        "Train", "AdamW", "WarmupCosine", "ClipGradients",
    ];

    private readonly ILookup<string, Arguments> _words;

    public DeclaredWords(ISymbol type, CancellationToken cancellation) =>
        _words = type.GetAttributes()
            .Where(attribute => WordOf(attribute) is not null)
            .ToLookup(attribute => WordOf(attribute)!, attribute => new Arguments(attribute, cancellation));

    public bool IsEmpty => _words.Count == 0;

    public bool HasErrors => _words.SelectMany(word => word).Any(word => word.HasErrors);

    /// <summary>Every word and every argument in the source, in an order that does not depend on where they stand.</summary>
    public IEnumerable<string> Names =>
        _words.SelectMany(word => word.SelectMany(arguments => arguments.Names.Select(name => $"{word.Key}.{name}")).Prepend(word.Key))
            .Distinct()
            .OrderBy(name => name, StringComparer.Ordinal);

    /// <summary>The first attribute of a word, or null.</summary>
    public Arguments? this[string word] => _words[word].FirstOrDefault();

    /// <summary>All attributes of a word, in the order of the source.</summary>
    public IEnumerable<Arguments> All(string word) => _words[word];

    /// <summary>The word an attribute is, or null where it is not of this language.</summary>
    public static string? WordOf(AttributeData attribute)
    {
        if (attribute.AttributeClass is not { ContainingNamespace: { Name: nameof(MoeSharp), ContainingNamespace.IsGlobalNamespace: true }, Name: var name }
            || !name.EndsWith(Suffix, StringComparison.Ordinal))
        {
            return null;
        }

        string word = name.Substring(0, name.Length - Suffix.Length);
        return Language.Contains(word) ? word : null;
    }
}
