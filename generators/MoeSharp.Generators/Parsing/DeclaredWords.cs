using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Spec.Balance;
using MoeSharp.Generators.Spec.Recipes;

namespace MoeSharp.Generators.Parsing;

/// <summary>The language's attributes on one class, from all of its parts, by their names without the suffix.</summary>
internal sealed class DeclaredWords
{
    private const string Suffix = "Attribute";

    private static readonly ImmutableHashSet<string> Language =
    [
        "Transformer", "Attention", "FeedForward", "Experts", "Gate", "BalanceBias", .. BalanceTable.All.Select(row => row.Word),
        "Capacity", "DeviceCapacity", "Dropless", "Recompute",
        .. RecipeTable.All.Select(recipe => recipe.Word),
        "Train", "AdamW", "WarmupCosine", "ClipGradients",
    ];

    // Two ways to drop tokens, and not to: whoever declares one does not want the recipe's other.
    private static readonly string[] Dropping = ["Capacity", "DeviceCapacity", "Dropless"];

    private readonly ILookup<string, Arguments> _words;
    private readonly ImmutableDictionary<string, Arguments> _ofRecipe;

    public DeclaredWords(ISymbol type, CancellationToken cancellation)
    {
        var attributes = type.GetAttributes().Where(attribute => WordOf(attribute) is not null).ToList();
        Recipes = [.. attributes.Select(WordOf).OfType<string>().Where(word => RecipeTable.All.Any(recipe => recipe.Word == word)).Select(RecipeTable.Of)];
        var given = Recipes.SelectMany(recipe => recipe.Settings).GroupBy(word => word.Word).ToDictionary(words => words.Key, words => words.First().Values);
        _words = attributes.ToLookup(
            attribute => WordOf(attribute)!,
            attribute => new Arguments(attribute, cancellation, given.TryGetValue(WordOf(attribute)!, out NamedNumber[] values) ? values : []));
        bool drops = Dropping.Any(_words.Contains);
        _ofRecipe = given
            .Where(pair => !_words.Contains(pair.Key) && !(drops && Dropping.Contains(pair.Key)))
            .ToImmutableDictionary(pair => pair.Key, pair => new Arguments(pair.Value));
    }

    /// <summary>The named schemes in the source; more than one is an error.</summary>
    public ImmutableArray<Recipe> Recipes { get; }

    public bool IsEmpty => _words.Count == 0;

    public bool HasErrors => _words.SelectMany(word => word).Any(word => word.HasErrors);

    /// <summary>Every word and every argument in the source, in an order that does not depend on where they stand.</summary>
    public IEnumerable<string> Names =>
        _words.SelectMany(word => word.SelectMany(arguments => arguments.Names.Select(name => $"{word.Key}.{name}")).Prepend(word.Key))
            .Distinct()
            .OrderBy(name => name, StringComparer.Ordinal);

    /// <summary>The first attribute of a word, or what a recipe says of it, or null.</summary>
    public Arguments? this[string word] => _words[word].FirstOrDefault() ?? (_ofRecipe.TryGetValue(word, out Arguments? given) ? given : null);

    /// <summary>All attributes of a word in the source, in its order.</summary>
    public IEnumerable<Arguments> All(string word) => _words[word];

    /// <summary>All attributes of a word; where there is none, what a recipe says of it.</summary>
    public IEnumerable<Arguments> AllOrRecipe(string word) => _words.Contains(word) || !_ofRecipe.TryGetValue(word, out Arguments? given) ? _words[word] : [given];

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
