using System.Collections.Immutable;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Passes;

/// <summary>Fine-grained segmentation (DeepSeekMoE, arXiv 2401.06066 §3.1) is the declaration it stands for.</summary>
public sealed class SegmentsTests
{
    private const string Rest = """
        , Gate(Sigmoid), BalanceBias, SequenceBalance]
        public partial class Layer;
        """;

    private const string Split = "[Experts(16, Active = 2, Shared = 1, Dim = 64, Hidden = 1408, Segments = 4)" + Rest;
    private const string Explicit = "[Experts(64, Active = 8, Shared = 1, Dim = 64, Hidden = 352)" + Rest;

    /// <summary>Both lowerings to the byte, and the module but for the two lines that say what was split.</summary>
    [Fact]
    public void The_generated_program_is_that_of_the_explicit_form()
    {
        ImmutableSortedDictionary<string, string> split = Compile.Generate(Split), whole = Compile.Generate(Explicit);

        Assert.Equal(whole["Layer.Kernels.g.cs"], split["Layer.Kernels.g.cs"]);
        Assert.Equal(whole["Layer.Torch.g.cs"], split["Layer.Torch.g.cs"]);
        Assert.Equal(whole["Layer.g.cs"], string.Concat(split["Layer.g.cs"].Split('\n').Where(line => !Says(line)).Select(line => line + "\n"))[..^1]);
        Assert.Equal(2, split["Layer.g.cs"].Split('\n').Count(Says));
    }

    [Fact]
    public void One_segment_is_none() => Assert.Equal(
        Compile.Generate(Explicit)["Layer.g.cs"],
        Compile.Generate(Explicit.Replace("Hidden = 352", "Hidden = 352, Segments = 1"))["Layer.g.cs"]);

    private static bool Says(string line) =>
        line.Contains("64 experts of hidden width 352, 8 active: 16 of 1408, 2 active, in 4 segments each; 1 shared of 352", StringComparison.Ordinal);
}
