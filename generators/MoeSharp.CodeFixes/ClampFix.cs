using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Globalization;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MoeSharp.CodeFixes;

/// <summary>
/// MOE0201, MOE0204, MOE0205: lowers a count to the most there can be. The analyzer hands that number over as the diagnostic's property
/// <c>Limit</c>.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ClampFix)), Shared]
public sealed class ClampFix : CodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds => ["MOE0201", "MOE0204", "MOE0205"];

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            if (root?.FindNode(diagnostic.Location.SourceSpan).FirstAncestorOrSelf<AttributeArgumentSyntax>() is not { NameEquals.Name: { } name } argument
                || diagnostic.Properties.GetValueOrDefault("Limit") is not { } text
                || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit))
            {
                continue;
            }

            ExpressionSyntax value = SyntaxFactory.LiteralExpression(SyntaxKind.NumericLiteralExpression, SyntaxFactory.Literal(limit))
                .WithTriviaFrom(argument.Expression);
            context.RegisterCodeFix(
                CodeAction.Create(
                    $"Set {name.Identifier.ValueText} to {text}",
                    _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNode(argument.Expression, value))),
                    nameof(ClampFix)),
                diagnostic);
        }
    }
}
