using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;

namespace MoeSharp.Generators.Parsing;

/// <summary>Finds a second declared model whose full name differs only in case: the names of generated files are compared without case.</summary>
internal static class CaseTwins
{
    public static bool Any(INamedTypeSymbol type, CancellationToken cancellation) => Candidates(type, cancellation)
        .Any(twin => !SymbolEqualityComparer.Default.Equals(twin, type) && twin.GetAttributes().Any(attribute => DeclaredWords.WordOf(attribute) is not null));

    /// <summary>Walks down from the root, one name at a time: only namespaces and types on such a path are looked into.</summary>
    private static IEnumerable<INamedTypeSymbol> Candidates(INamedTypeSymbol type, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        IEnumerable<INamespaceOrTypeSymbol> scopes = type.ContainingType is { } outer ? Candidates(outer, cancellation) : Candidates(type.ContainingNamespace);
        return scopes.SelectMany(scope => scope.GetTypeMembers()).Where(candidate => Same(candidate, type));
    }

    private static IEnumerable<INamespaceSymbol> Candidates(INamespaceSymbol space) =>
        space.IsGlobalNamespace
            ? [space.ContainingAssembly.GlobalNamespace]
            : Candidates(space.ContainingNamespace).SelectMany(scope => scope.GetNamespaceMembers()).Where(candidate => Same(candidate, space));

    private static bool Same(ISymbol left, ISymbol right) => string.Equals(left.MetadataName, right.MetadataName, StringComparison.OrdinalIgnoreCase);
}
