using Microsoft.CodeAnalysis;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>
/// A generator that searches for an attribute, as the compiler's own documentation advises, and does nothing with what it finds: what any such
/// generator costs at least.
/// </summary>
internal sealed class SearchAlone : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context) => context.RegisterSourceOutput(
        context.SyntaxProvider.ForAttributeWithMetadataName("MoeSharp.TransformerAttribute", (_, _) => true, (_, _) => true),
        (_, _) => { });
}
