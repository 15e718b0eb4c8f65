using Microsoft.CodeAnalysis;
using MoeSharp.Generators.Parsing;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Tests.Harness;

/// <summary>Specs from source text, for the stages after parsing.</summary>
internal static class Declared
{
    /// <summary>The spec of the one type that some source declares.</summary>
    public static ModelSpec Spec(string source)
    {
        INamedTypeSymbol type = Compile.Source(source).Assembly.GlobalNamespace.GetTypeMembers().Single(type => !type.IsImplicitlyDeclared);
        return ModelParser.Parse(type, CancellationToken.None);
    }
}
