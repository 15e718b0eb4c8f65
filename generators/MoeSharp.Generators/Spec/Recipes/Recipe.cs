namespace MoeSharp.Generators.Spec.Recipes;

/// <summary>
/// A published scheme under its name: what its words would say if they stood there. Words beside it override it argument by argument, and a loss with weight 0
/// takes the recipe's out. A new one is a row in a file of its own, and its attribute.
/// </summary>
/// <param name="Word">The attribute, without its suffix.</param>
/// <param name="Settings">The words it stands for.</param>
internal sealed record Recipe(string Word, params RecipeWord[] Settings)
{
    /// <summary>The number of active experts that the scheme is defined for; null where any will do.</summary>
    public int? Active { get; init; }

    /// <summary>Whether its devices are its gate's groups: other groups beside it are then as many devices.</summary>
    public bool GroupsAreDevices { get; init; }
}

/// <summary>One word of a recipe.</summary>
/// <param name="Word">The attribute, without its suffix.</param>
/// <param name="Text">Its arguments as they would be written.</param>
/// <param name="Values">Its arguments; a truth is 1 or 0, and an enum's word is its number.</param>
internal sealed record RecipeWord(string Word, string Text, params NamedNumber[] Values)
{
    public override string ToString() => Text.Length == 0 ? $"[{Word}]" : $"[{Word}({Text})]";
}
