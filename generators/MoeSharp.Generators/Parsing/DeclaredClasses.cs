using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MoeSharp.Generators.Parsing;

/// <summary>Finds the classes that may be declared models or layers, by the names in their attribute lists; only those are then bound.</summary>
internal static class DeclaredClasses
{
    private const string Suffix = "Attribute";

    /// <summary>Each class once, however many parts it has, in the order of the files.</summary>
    public static IEnumerable<INamedTypeSymbol> In(Compilation compilation, CancellationToken cancellation)
    {
        CompilationUnitSyntax[] units = [.. compilation.SyntaxTrees.Select(tree => tree.GetRoot(cancellation)).OfType<CompilationUnitSyntax>()];
        HashSet<string> names = NamesOfWords(units);
        var found = new HashSet<INamedTypeSymbol>(SymbolEqualityComparer.Default);
        foreach (CompilationUnitSyntax unit in units)
        {
            foreach (ClassDeclarationSyntax part in Classes(unit.Members).Where(part => HasOneOf(names, part)))
            {
                cancellation.ThrowIfCancellationRequested();
                if (compilation.GetSemanticModel(unit.SyntaxTree).GetDeclaredSymbol(part, cancellation) is { } type && found.Add(type))
                {
                    yield return type;
                }
            }
        }
    }

    /// <summary>The words that make a class a model or a layer, with their aliases in any file: one too many costs a look, one too few a model.</summary>
    private static HashSet<string> NamesOfWords(IEnumerable<CompilationUnitSyntax> units)
    {
        HashSet<string> names = ["Transformer", "Transformer" + Suffix, "Experts", "Experts" + Suffix];
        UsingDirectiveSyntax[] aliases = [.. units.SelectMany(unit => unit.Usings.Concat(UsingsIn(unit.Members))).Where(directive => directive.Alias is not null)];
        // An alias may stand for an alias of another file.
        while (aliases.Any(alias => alias.Name is { } target && names.Contains(LastOf(target)) && Add(names, alias.Alias!.Name.Identifier.ValueText)))
        {
        }

        return names;
    }

    private static bool Add(HashSet<string> names, string alias)
    {
        bool isNew = names.Add(alias);
        if (isNew && alias.EndsWith(Suffix, StringComparison.Ordinal))
        {
            names.Add(alias.Substring(0, alias.Length - Suffix.Length));
        }

        return isNew;
    }

    private static IEnumerable<UsingDirectiveSyntax> UsingsIn(IEnumerable<MemberDeclarationSyntax> members) =>
        members.OfType<BaseNamespaceDeclarationSyntax>().SelectMany(space => space.Usings.Concat(UsingsIn(space.Members)));

    private static IEnumerable<ClassDeclarationSyntax> Classes(SyntaxList<MemberDeclarationSyntax> members)
    {
        foreach (MemberDeclarationSyntax member in members)
        {
            if (member is ClassDeclarationSyntax type)
            {
                yield return type;
            }

            SyntaxList<MemberDeclarationSyntax> inner = member switch
            {
                BaseNamespaceDeclarationSyntax space => space.Members,
                TypeDeclarationSyntax outer => outer.Members,
                _ => default,
            };
            foreach (ClassDeclarationSyntax nested in Classes(inner))
            {
                yield return nested;
            }
        }
    }

    private static bool HasOneOf(HashSet<string> names, ClassDeclarationSyntax part)
    {
        foreach (AttributeListSyntax list in part.AttributeLists)
        {
            foreach (AttributeSyntax attribute in list.Attributes)
            {
                if (names.Contains(LastOf(attribute.Name)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static string LastOf(NameSyntax name) => name switch
    {
        QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
        AliasQualifiedNameSyntax qualified => qualified.Name.Identifier.ValueText,
        SimpleNameSyntax simple => simple.Identifier.ValueText,
        _ => "",
    };
}
