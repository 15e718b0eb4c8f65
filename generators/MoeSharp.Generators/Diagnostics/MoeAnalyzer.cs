using System.Collections.Immutable;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using MoeSharp.Generators.Parsing;
using MoeSharp.Generators.Passes;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Diagnostics;

/// <summary>
/// Says what is wrong with a declaration, on the argument that is wrong: live in the editor, and suppressible as any warning. It shares the
/// parser and the checks with the generator, and also sees words that no model is generated for.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class MoeAnalyzer : DiagnosticAnalyzer
{
    /// <summary>Which of a message's arguments is the most there can be: handed to the code fix as the property <c>Limit</c>.</summary>
    private static readonly ImmutableDictionary<string, int> Limits =
        ImmutableDictionary<string, int>.Empty.Add("MOE0201", 1).Add("MOE0204", 1).Add("MOE0205", 3);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => Descriptors.All;

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSymbolAction(Analyze, SymbolKind.NamedType);
    }

    private static void Analyze(SymbolAnalysisContext context)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        var words = new DeclaredWords(type, context.CancellationToken);
        if (words.IsEmpty)
        {
            return;
        }

        foreach (Finding finding in Findings.Of(ModelParser.Parse(type, context.CancellationToken)))
        {
            Location location = Locate(finding, type, words, context.CancellationToken);
            context.ReportDiagnostic(Diagnostic.Create(Descriptors.Get(finding.Id), location, PropertiesOf(finding), [.. finding.Arguments]));
        }
    }

    private static ImmutableDictionary<string, string?> PropertiesOf(Finding finding) => Limits.TryGetValue(finding.Id, out int argument)
        ? ImmutableDictionary<string, string?>.Empty.Add("Limit", finding.Arguments[argument])
        : ImmutableDictionary<string, string?>.Empty;

    /// <summary>The argument; where it is not written, the attribute; where there is none, the class's name.</summary>
    private static Location Locate(Finding finding, INamedTypeSymbol type, DeclaredWords words, CancellationToken cancellation)
    {
        Arguments? word = words.All(finding.Word).Skip(finding.Occurrence).FirstOrDefault();
        return word?.LocationOf(finding.Argument) ?? word?.Location ?? NameOf(type, cancellation);
    }

    /// <summary>The name in a part that the user wrote: the one with the attributes.</summary>
    private static Location NameOf(INamedTypeSymbol type, CancellationToken cancellation) => type.GetAttributes()
        .Where(attribute => DeclaredWords.WordOf(attribute) is not null)
        .Select(attribute => attribute.ApplicationSyntaxReference?.GetSyntax(cancellation).Parent?.Parent)
        .OfType<Microsoft.CodeAnalysis.CSharp.Syntax.BaseTypeDeclarationSyntax>()
        .Select(part => part.Identifier.GetLocation())
        .FirstOrDefault() ?? type.Locations[0];
}
