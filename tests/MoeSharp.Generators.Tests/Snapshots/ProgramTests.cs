using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes;
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
}
