using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Snapshots;

/// <summary>The tensor program after each pass: what the pass did is the difference between two files.</summary>
public sealed class ProgramTests
{
    [Theory]
    [InlineData("SigmoidLayer")]
    [InlineData("SmallTransformer")]
    public void Each_pass_does_what_was_reviewed(string name)
    {
        TensorProgram lowered = Lower.Run(Declared.Spec(Samples.Sources[name]));
        TensorProgram differentiated = Differentiate.Run(lowered);
        TensorProgram fused = Fuse.Run(differentiated);

        Snapshot.Verify(ProgramPrinter.Print(lowered), name + ".1.Lower", "txt");
        Snapshot.Verify(ProgramPrinter.Print(differentiated), name + ".2.Differentiate", "txt");
        Snapshot.Verify(ProgramPrinter.Print(fused), name + ".3.Fuse", "txt");
        Snapshot.Verify(ProgramPrinter.Print(Plan.Run(fused)), name + ".4.Plan", "txt");
    }

    /// <summary>The models are SmallTransformer but for the word: what comes before the pass is in its files.</summary>
    [Theory]
    [InlineData("ActivationsTransformer")]
    [InlineData("BlockTransformer")]
    public void Recomputation_is_chosen_as_was_reviewed(string name)
    {
        ModelSpec spec = Declared.Spec(Samples.Sources[name]);
        TensorProgram recomputing = Recompute.Run(Differentiate.Run(Lower.Run(spec)), spec.Recompute);

        Snapshot.Verify(ProgramPrinter.Print(recomputing), name + ".2b.Recompute", "txt");
        Snapshot.Verify(ProgramPrinter.Print(Plan.Run(Fuse.Run(recomputing))), name + ".4.Plan", "txt");
    }
}
