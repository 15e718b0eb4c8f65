using Microsoft.CodeAnalysis;

namespace MoeSharp.Generators.Parsing;

/// <summary>Full names as metadata writes them: <c>Namespace.Outer`1+Inner</c>.</summary>
internal static class MetadataNames
{
    public static string Of(INamedTypeSymbol type) => type switch
    {
        { ContainingType: { } outer } => $"{Of(outer)}+{type.MetadataName}",
        { ContainingNamespace.IsGlobalNamespace: true } => type.MetadataName,
        _ => $"{Of(type.ContainingNamespace)}.{type.MetadataName}",
    };

    private static string Of(INamespaceSymbol space) =>
        space.ContainingNamespace.IsGlobalNamespace ? space.MetadataName : $"{Of(space.ContainingNamespace)}.{space.MetadataName}";
}
