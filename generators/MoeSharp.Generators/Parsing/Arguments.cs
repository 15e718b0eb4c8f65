using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Parsing;

/// <summary>
/// One word's arguments by property name, whether they were written by position, by parameter or by property, or come from a recipe beside it: what is written
/// comes first, then the recipe, then the attribute's own default.
/// </summary>
internal sealed class Arguments
{
    private readonly AttributeData? _attribute;
    private readonly AttributeSyntax? _syntax;
    private readonly Dictionary<string, TypedConstant> _values = [];
    private readonly IReadOnlyList<NamedNumber> _recipe = [];

    /// <summary>The arguments of a word that only a recipe gives.</summary>
    public Arguments(IReadOnlyList<NamedNumber> recipe) => _recipe = recipe;

    public Arguments(AttributeData attribute, CancellationToken cancellation, IReadOnlyList<NamedNumber> recipe)
    {
        _recipe = recipe;
        _attribute = attribute;
        _syntax = attribute.ApplicationSyntaxReference?.GetSyntax(cancellation) as AttributeSyntax;
        for (int i = 0; i < attribute.ConstructorArguments.Length && i < Parameters.Length; i++)
        {
            _values[PropertyOf(Parameters[i].Name)] = attribute.ConstructorArguments[i];
        }

        foreach (KeyValuePair<string, TypedConstant> named in attribute.NamedArguments)
        {
            _values[named.Key] = named.Value;
        }
    }

    /// <summary>Whether the compiler rejects the attribute: a missing or unknown argument, or one of the wrong type.</summary>
    public bool HasErrors =>
        _attribute is not null
        && (_attribute.AttributeConstructor is null
            || _values.Values.Any(value => value.Kind == TypedConstantKind.Error)
            || Written.Count(argument => argument.NameEquals is not null) != _attribute.NamedArguments.Length);

    /// <summary>The properties that stand in the source.</summary>
    public IEnumerable<string> Names => Written.Select(NameOf);

    public Location? Location => _syntax?.GetLocation();

    private System.Collections.Immutable.ImmutableArray<IParameterSymbol> Parameters => _attribute?.AttributeConstructor?.Parameters ?? [];

    private IEnumerable<AttributeArgumentSyntax> Written => _syntax?.ArgumentList?.Arguments ?? Enumerable.Empty<AttributeArgumentSyntax>();

    /// <summary>Whether it is given, in the source or by a recipe.</summary>
    public bool Has(string name) => IsWritten(name) || OfRecipe(name) is not null;

    /// <summary>Whether it stands in the source.</summary>
    public bool IsWritten(string name) => Written.Any(argument => NameOf(argument) == name);

    public Location? LocationOf(string name) => Written.FirstOrDefault(argument => NameOf(argument) == name)?.GetLocation();

    /// <summary>The value of a property, or <paramref name="fallback"/> where it is not given or not of that type.</summary>
    public T Value<T>(string name, T fallback)
        where T : struct =>
        OfRecipe(name) is { } number
            ? (T)Convert.ChangeType(number, typeof(T), System.Globalization.CultureInfo.InvariantCulture)
            : _values.TryGetValue(name, out TypedConstant value) && value.Kind != TypedConstantKind.Array && value.Value is T given ? given : fallback;

    public int Int32(string name, int fallback = 0) => Value(name, fallback);

    public double Double(string name, double fallback) => Value(name, fallback);

    public bool Boolean(string name, bool fallback = false) => Value(name, fallback);

    /// <summary>A number, a truth (1 or 0), or an enum's value by its number.</summary>
    public double Number(string name, double fallback) => OfRecipe(name) is { } given
        ? given
        : !_values.TryGetValue(name, out TypedConstant value) || value.Kind == TypedConstantKind.Array
        ? fallback
        : value.Value switch
        {
            double number => number,
            int number => number,
            bool truth => truth ? 1 : 0,
            _ => fallback,
        };

    /// <summary>The recipe's value, unless the source gives one.</summary>
    private double? OfRecipe(string name) => IsWritten(name) ? null : _recipe.FirstOrDefault(number => number.Name == name)?.Value;

    private static string PropertyOf(string parameter) => char.ToUpperInvariant(parameter[0]) + parameter.Substring(1);

    private string NameOf(AttributeArgumentSyntax argument)
    {
        if ((argument.NameEquals?.Name ?? argument.NameColon?.Name) is { } name)
        {
            return PropertyOf(name.Identifier.ValueText);
        }

        int position = Written.TakeWhile(other => other != argument).Count();
        return position < Parameters.Length ? PropertyOf(Parameters[position].Name) : "";
    }
}
