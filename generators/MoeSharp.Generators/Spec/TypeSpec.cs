namespace MoeSharp.Generators.Spec;

/// <summary>The user's class: enough to write its other half.</summary>
internal sealed record TypeSpec
{
    /// <summary>Empty in the global namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The class's own name, without type parameters.</summary>
    public required string Name { get; init; }

    /// <summary>Type parameters as written, <c>&lt;T&gt;</c>, or empty.</summary>
    public required string TypeParameters { get; init; }

    /// <summary>Full metadata name, with <c>+</c> before nested types: unique in a compilation.</summary>
    public required string MetadataName { get; init; }

    /// <summary>The headers of the types around it, outermost first: <c>partial class Outer&lt;T&gt;</c>.</summary>
    public required EquatableArray<string> Containers { get; init; }

    public required bool IsPartial { get; init; }

    /// <summary>Why it is no ordinary class (<c>a record</c>, <c>static</c>, <c>file-local</c>), or empty.</summary>
    public string Oddity { get; init; } = "";

    /// <summary>The innermost type around it that is not partial, or empty.</summary>
    public string ClosedContainer { get; init; } = "";

    /// <summary>A base class the user wrote that the generated half cannot share, or empty.</summary>
    public string ForeignBase { get; init; } = "";

    public bool HasPrimaryConstructor { get; init; }

    /// <summary>Whether another declared type has a name that differs only in case (two outputs of one name).</summary>
    public bool HasCaseTwin { get; init; }

    /// <summary>Whether a second half of the class would compile at all; where not, the diagnostic is the only output.</summary>
    public bool CanBeExtended =>
        IsPartial && !HasPrimaryConstructor && Oddity.Length == 0 && ClosedContainer.Length == 0 && ForeignBase.Length == 0;

    /// <summary>The start of the names of its generated files, unique in a compilation: a clash would drop every output of the generator.</summary>
    public string HintName => HintNames.Of(MetadataName, HasCaseTwin);
}
