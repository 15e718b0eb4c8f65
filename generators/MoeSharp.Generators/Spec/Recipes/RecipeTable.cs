using System.Collections.Generic;
using System.Linq;

namespace MoeSharp.Generators.Spec.Recipes;

/// <summary>The named schemes of the language: one row each.</summary>
internal static class RecipeTable
{
    public static readonly IReadOnlyList<Recipe> All =
    [
        DeepSeekMoeRecipe.Row,
        DeepSeekV2Recipe.Row,
        DeepSeekV3Recipe.Row,
        MixtralRecipe.Row,
        SwitchRecipe.Row,
        GShardRecipe.Row,
        OlMoeRecipe.Row,
        Qwen3MoeRecipe.Row,
    ];

    /// <summary>The recipe of a word.</summary>
    public static Recipe Of(string word) => All.First(recipe => recipe.Word == word);
}
