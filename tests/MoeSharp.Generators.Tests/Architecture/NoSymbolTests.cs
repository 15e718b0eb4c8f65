using System.Collections;
using System.Reflection;
using Microsoft.CodeAnalysis;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Architecture;

/// <summary>A symbol, a syntax node or a location in a cached value keeps a whole compilation alive, and is never equal to the next one.</summary>
public sealed class NoSymbolTests
{
    private const string Source = """
        [Transformer(Vocab = 256, Dim = 64, Layers = 4, DenseLayers = 1, Context = 128), Attention(Heads = 4), FeedForward(Hidden = 64)]
        [Experts(8, Active = 2, Hidden = 32), Gate(Sigmoid, Groups = 4, TopGroups = 2), BalanceBias, SequenceBalance, ExpertBalance]
        [Train(Batch = 8, Steps = 100), AdamW, WarmupCosine(10), ClipGradients]
        public partial class Model;

        public partial class Outer<T>
        {
            [Experts(8, Active = 9, Dim = 64, Hidden = 32)]
            public partial class Layer;
        }
        """;

    [Fact]
    public void What_the_pipeline_keeps_holds_nothing_of_the_compiler()
    {
        GeneratorRunResult result = Compile.Driver().RunGenerators(Compile.Source(Source)).GetRunResult().Results.Single();
        string[] steps = [TrackingNames.Specs, TrackingNames.Check];
        object[] kept = [.. steps.SelectMany(step => result.TrackedSteps[step]).SelectMany(step => step.Outputs).Select(output => output.Value).OfType<object>()];

        Assert.Equal(4, kept.Length);
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        Assert.All(kept, value => Walk(value, value.GetType().Name, seen));
        Assert.True(seen.Count > 20, $"Only {seen.Count} objects were reached: the walk misses some.");
    }

    private static void Walk(object? value, string path, HashSet<object> seen)
    {
        if (value is null || (!value.GetType().IsValueType && !seen.Add(value)))
        {
            return;
        }

        Assert.False(
            value is ISymbol or Compilation or SyntaxNode or SyntaxTree or SemanticModel or Location or AttributeData or SyntaxReference,
            $"{path} is a {value.GetType()}.");
        if (value is string || value.GetType().IsPrimitive || value.GetType().IsEnum)
        {
            return;
        }

        if (value is IEnumerable items)
        {
            foreach (object? item in items)
            {
                Walk(item, $"{path}[]", seen);
            }

            return;
        }

        foreach (FieldInfo field in value.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            Walk(field.GetValue(value), $"{path}.{field.Name}", seen);
        }
    }
}
