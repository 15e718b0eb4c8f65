using System.Linq;
using MoeSharp.Generators.Emission.Kernels;
using MoeSharp.Generators.Emission.Torch;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Emission;

/// <summary>Everything after parsing and checking: a declaration in, source files out.</summary>
internal static class ModelCompiler
{
    private static readonly string[] s_kernelUsings =
        ["global::System", "global::System.Numerics", "global::MoeSharp.Modules", "global::MoeSharp.Runtime"];

    private static readonly string[] s_torchUsings =
        ["global::System.Collections.Generic", "global::MoeSharp.Modules", "global::MoeSharp.Runtime", "static global::TorchSharp.torch"];

    /// <summary>The user's half of the class, and the two lowerings of its tensor program.</summary>
    public static EquatableArray<GeneratedFile> Compile(ModelSpec spec)
    {
        var differentiated = Differentiate.Run(Lower.Run(spec));
        var recomputing = Recompute.Run(differentiated, spec.Recompute);
        var planned = Plan.Run(Fuse.Run(recomputing));
        var name = spec.Type.HintName;
        var figures = CardFigures.Of(spec, planned);
        var (head, buffers) = (HeaderEmitter.Figures(figures), HeaderEmitter.Buffers(planned));
        string[] recomputed = HeaderEmitter.Recomputed(spec.Recompute, planned, () => Plan.Run(Fuse.Run(differentiated)));
        string[] facts = SegmentsNote.Of(spec) is { } note ? [head, $"Fine-grained segmentation (arXiv 2401.06066 §3.1): {note}."] : [head];
        return new(
        [
            new GeneratedFile(name + ".g.cs", InUsersNamespace(HeaderEmitter.Begin(spec, facts), spec, to => ModuleEmitter.Emit(spec, figures, planned, to))),
            new GeneratedFile(
                name + ".Kernels.g.cs",
                InProgramNamespace(HeaderEmitter.Begin(spec, [head, buffers, .. recomputed]), spec, s_kernelUsings, to => KernelProgramEmitter.Emit(planned, to))),
            new GeneratedFile(
                name + ".Torch.g.cs",
                InProgramNamespace(HeaderEmitter.Begin(spec, [head, .. recomputed.Take(1)]), spec, s_torchUsings, to => TorchProgramEmitter.Emit(recomputing, to))),
        ]);
    }

    /// <summary>The same members for a declaration with errors, so that the user sees that error and none that follows from it.</summary>
    public static EquatableArray<GeneratedFile> CompileStub(ModelSpec spec) =>
        new([new GeneratedFile(spec.Type.HintName + ".g.cs", InUsersNamespace(HeaderEmitter.Begin(spec), spec, to => ModuleEmitter.EmitStub(spec, to)))]);

    private static string InUsersNamespace(SourceWriter to, ModelSpec spec, Action<SourceWriter> emit)
    {
        var type = spec.Type;
        IEnumerable<string> around = type.Namespace.Length > 0 ? ["namespace " + type.Namespace, .. type.Containers] : type.Containers;
        Nest(around.ToList(), to, emit);
        return to.ToString();
    }

    private static void Nest(IReadOnlyList<string> containers, SourceWriter to, Action<SourceWriter> emit)
    {
        if (containers.Count == 0)
        {
            emit(to);
            return;
        }

        using (to.Block(containers[0]))
        {
            Nest(containers.Skip(1).ToList(), to, emit);
        }
    }

    private static string InProgramNamespace(SourceWriter to, ModelSpec spec, string[] usings, Action<SourceWriter> emit)
    {
        using (to.Block("namespace " + Names.ProgramNamespace(spec.Type)))
        {
            // Inside of the namespace, where no type of the user's project comes before them.
            foreach (var name in usings)
            {
                to.Line($"using {name};");
            }

            to.Line();
            emit(to);
        }

        return to.ToString();
    }
}
