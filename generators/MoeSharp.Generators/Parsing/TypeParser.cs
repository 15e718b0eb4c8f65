using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Parsing;

/// <summary>A class as its second half needs to know it.</summary>
internal static class TypeParser
{
    public static TypeSpec Parse(INamedTypeSymbol type, CancellationToken cancellation)
    {
        ImmutableArray<INamedTypeSymbol> containers = [.. Around(type).Reverse()];
        return new()
        {
            Namespace = type.ContainingNamespace.IsGlobalNamespace ? "" : string.Join(".", NamespacesOf(type).Select(space => Escape(space.Name))),
            Name = Escape(type.Name),
            TypeParameters = TypeParametersOf(type),
            MetadataName = MetadataNames.Of(type),
            Containers = new([.. containers.Select(container => $"partial {KeywordOf(container)} {Escape(container.Name)}{TypeParametersOf(container)}")]),
            IsPartial = IsPartial(type, cancellation),
            Oddity = type.IsRecord ? "a record" : type.IsStatic ? "static" : type.IsFileLocal ? "file-local" : "",
            ClosedContainer = Around(type).FirstOrDefault(container => !IsPartial(container, cancellation))?.Name ?? "",
            ForeignBase = ForeignBaseOf(type),
            HasPrimaryConstructor = Declarations(type, cancellation).Any(part => part.ParameterList is not null),
            HasCaseTwin = CaseTwins.Any(type, cancellation),
        };
    }

    private static IEnumerable<TypeDeclarationSyntax> Declarations(INamedTypeSymbol type, CancellationToken cancellation) =>
        type.DeclaringSyntaxReferences.Select(part => part.GetSyntax(cancellation)).OfType<TypeDeclarationSyntax>();

    private static bool IsPartial(INamedTypeSymbol type, CancellationToken cancellation) =>
        Declarations(type, cancellation).Any(part => part.Modifiers.Any(SyntaxKind.PartialKeyword));

    /// <summary>The types around a type, innermost first.</summary>
    private static IEnumerable<INamedTypeSymbol> Around(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? outer = type.ContainingType; outer is not null; outer = outer.ContainingType)
        {
            yield return outer;
        }
    }

    private static IEnumerable<INamespaceSymbol> NamespacesOf(INamedTypeSymbol type)
    {
        var spaces = new Stack<INamespaceSymbol>();
        for (INamespaceSymbol space = type.ContainingNamespace; !space.IsGlobalNamespace; space = space.ContainingNamespace)
        {
            spaces.Push(space);
        }

        return spaces;
    }

    private static string TypeParametersOf(INamedTypeSymbol type) =>
        type.TypeParameters.Length == 0 ? "" : $"<{string.Join(", ", type.TypeParameters.Select(parameter => Escape(parameter.Name)))}>";

    private static string KeywordOf(INamedTypeSymbol type) => (type.IsRecord, type.TypeKind) switch
    {
        (true, TypeKind.Struct) => "record struct",
        (true, _) => "record",
        (_, TypeKind.Struct) => "struct",
        (_, TypeKind.Interface) => "interface",
        _ => "class",
    };

    /// <summary>The generated half names a base of MoeSharp.Modules; the analyzer, which runs after the generator, already sees it.</summary>
    private static string ForeignBaseOf(INamedTypeSymbol type) =>
        type.BaseType is not { SpecialType: not SpecialType.System_Object } parent
        || NamespacesOf(parent).Select(space => space.Name).SequenceEqual([nameof(MoeSharp), "Modules"])
            ? ""
            : parent.Name;

    private static string Escape(string name) =>
        SyntaxFacts.GetKeywordKind(name) != SyntaxKind.None || SyntaxFacts.GetContextualKeywordKind(name) != SyntaxKind.None ? "@" + name : name;
}
