using System.Collections.Immutable;
using System.Composition;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MoeSharp.CodeFixes;

/// <summary>MOE0105, MOE0108: drops an argument that contradicts its model or has no effect.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(RemoveArgumentFix)), Shared]
public sealed class RemoveArgumentFix : CodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ["MOE0105", "MOE0108"];

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        if (root?.FindNode(context.Span).FirstAncestorOrSelf<AttributeArgumentSyntax>() is not { NameEquals.Name: { } name } argument
            || root.RemoveNode(argument, SyntaxRemoveOptions.KeepNoTrivia) is not { } changed)
        {
            return;
        }

        context.RegisterCodeFix(
            CodeAction.Create(
                $"Drop {name.Identifier.ValueText}",
                _ => Task.FromResult(context.Document.WithSyntaxRoot(changed)),
                nameof(RemoveArgumentFix)),
            context.Diagnostics);
    }
}
