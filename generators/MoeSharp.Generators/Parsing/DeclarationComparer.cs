using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MoeSharp.Generators.Parsing;

/// <summary>
/// Compilations are equal when they differ in nothing that an attribute's meaning can depend on: in the bodies of members, in trivia. Constants,
/// usings, types, members' signatures and references are compared, in every file. This is decided by syntax alone, and files that were not edited
/// are the same trees: most key strokes bind nothing. <see cref="SyntaxProvider"/>'s search by attribute binds every declared class again on each of them.
/// </summary>
internal sealed class DeclarationComparer : IEqualityComparer<Compilation>
{
    public static readonly DeclarationComparer Instance = new();

    public bool Equals(Compilation? left, Compilation? right) =>
        ReferenceEquals(left, right)
        || (left is not null && right is not null
            && left.AssemblyName == right.AssemblyName
            && left.Options.Equals(right.Options)
            && Same(left.ExternalReferences, right.ExternalReferences)
            && Same(left.SyntaxTrees, right.SyntaxTrees));

    public int GetHashCode(Compilation compilation) => StringComparer.Ordinal.GetHashCode(compilation.AssemblyName ?? "");

    private bool Same(ImmutableArray<MetadataReference> left, ImmutableArray<MetadataReference> right) =>
        left == right || (left.Length == right.Length && left.Zip(right, Same).All(same => same));

    /// <summary>Another project of the same solution is a new reference after every edit in it.</summary>
    private bool Same(MetadataReference left, MetadataReference right) =>
        ReferenceEquals(left, right)
        || (left is CompilationReference before && right is CompilationReference after
            && before.Properties.Equals(after.Properties)
            && Equals(before.Compilation, after.Compilation));

    private static bool Same(IEnumerable<SyntaxTree> left, IEnumerable<SyntaxTree> right)
    {
        using IEnumerator<SyntaxTree> before = left.GetEnumerator();
        using IEnumerator<SyntaxTree> after = right.GetEnumerator();
        while (before.MoveNext())
        {
            if (!after.MoveNext() || !Same(before.Current, after.Current))
            {
                return false;
            }
        }

        return !after.MoveNext();
    }

    private static bool Same(SyntaxTree left, SyntaxTree right) =>
        ReferenceEquals(left, right)
        || (left.Options.Equals(right.Options)
            && (SyntaxFactory.AreEquivalent(left, right, topLevel: true) || DifferInStatements(left.GetRoot(), right.GetRoot())));

    /// <summary>Top-level statements are a body too; only the names they declare can be met outside of them.</summary>
    private static bool DifferInStatements(SyntaxNode left, SyntaxNode right) =>
        left is CompilationUnitSyntax before && right is CompilationUnitSyntax after
        && before.Members.Any(SyntaxKind.GlobalStatement) && after.Members.Any(SyntaxKind.GlobalStatement)
        && SyntaxFactory.AreEquivalent(before.Externs, after.Externs, topLevel: true)
        && SyntaxFactory.AreEquivalent(before.Usings, after.Usings, topLevel: true)
        && SyntaxFactory.AreEquivalent(before.AttributeLists, after.AttributeLists, topLevel: true)
        && SyntaxFactory.AreEquivalent(Others(before), Others(after), topLevel: true)
        && NamesOfLocals(before).SequenceEqual(NamesOfLocals(after));

    private static SyntaxList<MemberDeclarationSyntax> Others(CompilationUnitSyntax unit) =>
        SyntaxFactory.List(unit.Members.Where(member => member is not GlobalStatementSyntax));

    private static IEnumerable<string> NamesOfLocals(CompilationUnitSyntax unit) => unit.Members
        .OfType<GlobalStatementSyntax>()
        .SelectMany(statement => statement.DescendantNodes())
        .Select(node => node switch
        {
            VariableDeclaratorSyntax local => local.Identifier.ValueText,
            SingleVariableDesignationSyntax local => local.Identifier.ValueText,
            LocalFunctionStatementSyntax local => local.Identifier.ValueText,
            _ => null,
        })
        .OfType<string>();
}
