using System.Linq;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Spec.Recipes;

namespace MoeSharp.Generators.Passes.Rules;

/// <summary>The named schemes.</summary>
internal static class RecipeRules
{
    public static readonly Rule[] All =
    [
        .. RecipeTable.All.Select(recipe => new Rule("MOE0801", recipe.Word, "", m => Second(m) == recipe.Word ? [m.Recipes[0], recipe.Word] : null)),
        .. RecipeTable.All.Where(recipe => recipe.Active is not null).SelectMany(OtherActive),
    ];

    /// <summary>Said at Active where it was given, or else at the recipe.</summary>
    private static Rule[] OtherActive(Recipe recipe) =>
    [
        new("MOE0802", "Experts", "Active", m => Other(m, recipe) is { } active && m.Declares("Experts.Active") ? [recipe.Word, recipe.Active!, active] : null),
        new("MOE0802", recipe.Word, "", m => Other(m, recipe) is { } active && !m.Declares("Experts.Active") ? [recipe.Word, recipe.Active!, active] : null),
    ];

    private static string? Second(ModelSpec m) => m.Recipes.Count > 1 ? m.Recipes[1] : null;

    private static int? Other(ModelSpec m, Recipe recipe) =>
        m.Recipes.Count == 1 && m.Recipes[0] == recipe.Word && m.Experts is { Active: > 0 and var active } && active != recipe.Active ? active : null;
}
