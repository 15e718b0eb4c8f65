using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using MoeSharp.Generators.Diagnostics;
using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Parsing;
using MoeSharp.Generators.Passes;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators;

/// <summary>
/// The pipeline and nothing else: declared classes → <see cref="ModelSpec"/> → checked → source files. What is wrong with a declaration is
/// reported by <see cref="MoeAnalyzer"/>, which shares the parser and the checks; here it only decides what is emitted.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class MoeGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        // Nothing is bound where no declaration can have changed its meaning; what comes after the Check step runs only where a spec changed.
        IncrementalValuesProvider<CheckedModel> models = context.CompilationProvider
            .WithComparer(DeclarationComparer.Instance)
            .SelectMany(Parse)
            .WithTrackingName(TrackingNames.Specs)
            .Where(spec => spec.Type.CanBeExtended)
            .Select((spec, _) => new CheckedModel(spec, Findings.AreSound(spec)))
            .WithTrackingName(TrackingNames.Check);
        context.RegisterSourceOutput(models, Emit);
    }

    // A class whose attribute only has the name of one of ours is no model.
    private static IEnumerable<ModelSpec> Parse(Compilation compilation, CancellationToken cancellation) =>
        DeclaredClasses.In(compilation, cancellation)
            .Select(type => ModelParser.Parse(type, cancellation))
            .Where(spec => spec.Declares("Transformer") || spec.Declares("Experts"));

    private static void Emit(SourceProductionContext context, CheckedModel model)
    {
        foreach (GeneratedFile file in model.IsSound ? ModelCompiler.Compile(model.Spec) : ModelCompiler.CompileStub(model.Spec))
        {
            context.AddSource(file.HintName, file.Text);
        }
    }

    /// <summary>The value the expensive stages are cached by. Warnings are left out: they change nothing that is emitted.</summary>
    private sealed record CheckedModel(ModelSpec Spec, bool IsSound);
}
