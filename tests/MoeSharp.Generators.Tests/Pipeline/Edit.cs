using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Pipeline;

/// <summary>A compilation the generator has seen, to be followed by a changed one.</summary>
internal sealed record Edit(CSharpCompilation Before, GeneratorDriver Driver)
{
    public static Edit From(params string[] files) => From(Compile.Source(files));

    public static Edit From(CSharpCompilation before) => new(before, Compile.Driver().RunGenerators(before));

    /// <summary>The same compilation with other text in the first file.</summary>
    public CSharpCompilation With(string text) => With(1, text);

    /// <summary>The same compilation with other text in a file, counted from 1.</summary>
    public CSharpCompilation With(int file, string text) => Before.ReplaceSyntaxTree(Before.SyntaxTrees[file], Compile.Parse(text, $"File{file}.cs"));

    public IEnumerable<IncrementalStepRunReason> Reasons(string step, CSharpCompilation after) =>
        Of(Run(after).TrackedSteps.GetValueOrDefault(step, []));

    public IEnumerable<IncrementalStepRunReason> OutputReasons(CSharpCompilation after) => Of(Run(after).TrackedOutputSteps.Values.SelectMany(steps => steps));

    private static IEnumerable<IncrementalStepRunReason> Of(IEnumerable<IncrementalGeneratorRunStep> steps) =>
        [.. steps.SelectMany(step => step.Outputs).Select(output => output.Reason).Where(reason => reason != IncrementalStepRunReason.Removed)];

    private GeneratorRunResult Run(CSharpCompilation after) => Driver.RunGenerators(after).GetRunResult().Results.Single();
}
