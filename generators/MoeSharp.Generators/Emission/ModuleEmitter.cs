using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Spec.Balance;

namespace MoeSharp.Generators.Emission;

/// <summary>The other half of the user's class: constructor, card, parameters, and which compiled program runs.</summary>
internal static class ModuleEmitter
{
    private const string Modules = "global::MoeSharp.Modules.";

    private const string BFloat16 = "global::MoeSharp.Runtime.BFloat16";

    /// <summary>The forms of a program: the member that makes it, its class, and the types of activations, weights and gradients.</summary>
    private static readonly (string Member, string Class, string[] Types)[] Forms =
    [
        ("KernelsFloat", "KernelProgram", ["float", "float", "float"]),
        ("KernelsDouble", "KernelProgram", ["double", "double", "double"]),
        ("KernelsBFloat16", "KernelProgram", ["float", BFloat16, BFloat16]),
        ("KernelsMixed", "KernelProgram", ["float", BFloat16, "float"]),
        ("TorchOperations", "TorchProgram", []),
    ];

    public static void Emit(ModelSpec spec, CardFigures figures, TensorProgram program, SourceWriter to)
    {
        var type = spec.Type;
        to.Line($"/// <summary>{Summary(spec, figures)}</summary>");
        using (to.Block($"partial class {type.Name}{type.TypeParameters} : {Modules}{(spec.IsLayer ? "MoeLayer" : "TransformerModule")}"))
        {
            to.Line($"/// <summary>Makes the {(spec.IsLayer ? "layer" : "model")} on the CPU in the default type, its weights drawn from N(0, 0.02).</summary>");
            to.Line($"public {type.Name}()");
            using (to.Indent())
            {
                var gates = program.Functions.Any(function => function.IsRouted) ? "BuildGates()" : "gates: null";
                string[] arguments = spec.IsLayer ? [Literals.Quoted(type.Name), "BuildLayout()", gates, $"dim: {spec.Dim}"] : ["Declared", "BuildLayout()", gates];
                to.Wrapped(": base(", arguments, ")");
            }

            to.Line("{");
            to.Line("}");
            to.Line();
            EmitCard(spec, figures, to);
            to.Line();
            if (!spec.IsLayer)
            {
                EmitDescription(spec, to);
                to.Line();
                to.Line("/// <summary>A trainer for this model on a text, wired as declared.</summary>");
                to.Line("/// <param name=\"corpus\">The text.</param>");
                to.Line("/// <param name=\"options\">What is other than declared.</param>");
                EmitCreateTrainer("new(this, corpus, options)", to);
                to.Line();
            }

            EmitPrograms(spec, to);
            EmitGates(spec, program, to);
            to.Line();
            LayoutEmitter.Emit(spec, program, to);
        }
    }

    /// <summary>The same members for a declaration with errors: they exist, and throw.</summary>
    public static void EmitStub(ModelSpec spec, SourceWriter to)
    {
        const string Throw = "throw new global::System.InvalidOperationException(\"The declaration has errors: see the compiler's MOE diagnostics.\")";
        var type = spec.Type;
        using (to.Block($"partial class {type.Name}{type.TypeParameters} : {Modules}{(spec.IsLayer ? "MoeLayer" : "TransformerModule")}"))
        {
            EmitMember($"public {type.Name}() : base({(spec.IsLayer ? $"{Literals.Quoted(type.Name)}, null!, null!, 0" : "null!, null!, null")})", Throw, to);
            EmitMember($"public static {Modules}ModelCard Card", Throw, to);
            if (!spec.IsLayer)
            {
                EmitMember($"public static {Modules}ModelDescription Declared", Throw, to);
                EmitCreateTrainer(Throw, to);
            }

            foreach (var member in FormsOf(spec).Select(form => form.Member))
            {
                EmitMember($"protected override {Modules}{(spec.IsLayer ? "LayerProgram" : "TransformerProgram")} {member}()", Throw, to);
            }
        }
    }

    /// <summary>A member with an expression for its body, below it.</summary>
    private static void EmitMember(string declaration, string body, SourceWriter to)
    {
        to.Line();
        to.Line(declaration + " =>");
        to.Line($"    {body};");
    }

    private static void EmitCreateTrainer(string body, SourceWriter to)
    {
        to.Line("public global::MoeSharp.Training.Trainer CreateTrainer(");
        to.Line("    global::MoeSharp.Data.TextCorpus corpus,");
        to.Line("    global::MoeSharp.Training.TrainerOptions? options = null) =>");
        to.Line($"    {body};");
    }

    private static string Summary(ModelSpec spec, CardFigures figures)
    {
        var counts = $"{Literals.Grouped(figures.Parameters)} parameters, {Literals.Grouped(figures.Active)} active.";
        return spec.Transformer is { } transformer
            ? $"A language model of {transformer.Layers} layers, {counts}"
            : $"A mixture of {spec.Experts!.Count} experts, {spec.Experts.Active} active: {counts}";
    }

    private static void EmitGates(ModelSpec spec, TensorProgram program, SourceWriter to)
    {
        if (program.Functions.FirstOrDefault(function => function.IsRouted) is not { } routed)
        {
            return;
        }

        to.Line();
        to.Line($"private static {Modules}GateInfo BuildGates() =>");
        using (to.Indent())
        {
            var rate = spec.BalanceBias is { } bias ? Literals.Number(bias.Rate) : "null";
            var gates = $"new {Modules}GateInfo(Layers: {routed.Layers}, FirstLayer: {routed.FirstLayer}, Experts: {spec.Experts!.Count}, Active: {spec.Experts.Active}, BiasRate: {rate})";
            string[] options = [.. BiasOptions(spec)];
            if (options.Length == 0)
            {
                to.Line(gates + ";");
                return;
            }

            using (to.Block(gates, "};"))
            {
                foreach (var option in options)
                {
                    to.Line(option);
                }
            }
        }
    }

    private static IEnumerable<string> BiasOptions(ModelSpec spec)
    {
        if (spec.BalanceBias is { } bias && bias.Update != BiasUpdate.Sign)
        {
            yield return $"BiasUpdate = global::MoeSharp.BiasUpdate.{bias.Update},";
        }

        if (spec.BalanceBias is { Until: > 0 and var until })
        {
            yield return $"BiasUntil = {until},";
        }

        if (spec.BalanceLosses.Any(loss => loss.Row.Scope(loss) == BalanceScope.Step))
        {
            yield return "CountsSteps = true,";
        }
    }

    private static void EmitCard(ModelSpec spec, CardFigures figures, SourceWriter to)
    {
        to.Line("/// <summary>Size and cost, counted at build time.</summary>");
        using (to.Block($"public static {Modules}ModelCard Card {{ get; }} = new()", "};"))
        {
            var bytes = figures.Parameters * CardFigures.BytesOfFloat;
            var narrow = spec.Train?.Precision == Precision.BFloat16;
            to.Line($"Name = {Literals.Quoted(spec.Type.Name)},");
            if (SegmentsNote.Of(spec) is { } note)
            {
                to.Line($"Experts = {Literals.Quoted(note)},");
            }

            to.Table(
            [
                ($"Parameters = {Literals.Separated(figures.Parameters)},", "balance biases included"),
                ($"ActiveParameters = {Literals.Separated(figures.Active)},", "what one token meets"),
                ($"FlopsPerToken = {Literals.Separated(figures.FlopsPerToken)},", "forward and backward" + (spec.IsLayer ? string.Empty : ", at full context")),
                narrow
                    ? ($"WeightBytes = {Literals.Separated(bytes + (bytes / 2))},", "fp32, and a copy in bf16 for products")
                    : ($"WeightBytes = {Literals.Separated(bytes)},", "fp32"),
                ($"GradientBytes = {Literals.Separated(bytes)},", "fp32"),
                ($"OptimizerBytes = {Literals.Separated(2 * bytes)},", "two moments in fp32"),
                ($"ActivationBytes = {Literals.Separated(figures.Activations * CardFigures.BytesOfFloat)},", spec.IsLayer ? "of one token, in fp32" : "the arena of one compiled step, in fp32"),
            ]);
        }
    }

    private static void EmitDescription(ModelSpec spec, SourceWriter to)
    {
        var transformer = spec.Transformer!;
        to.Line("/// <summary>What was declared, every default filled in.</summary>");
        using (to.Block($"public static {Modules}ModelDescription Declared {{ get; }} = new()", "};"))
        {
            to.Line($"Name = {Literals.Quoted(spec.Type.Name)},");
            to.Line($"Vocab = {transformer.Vocab},");
            to.Line($"Dim = {transformer.Dim},");
            to.Line($"Layers = {transformer.Layers},");
            to.Line($"Context = {transformer.Context},");
            to.Line("Card = Card,");
            using (to.Block("Config = new global::System.Collections.Generic.KeyValuePair<string, object>[]", "},"))
            {
                foreach (var (name, literal) in ConfigEmitter.Fields(spec))
                {
                    to.Line($"new({Literals.Quoted(name)}, {literal}),");
                }
            }

            RecipeEmitter.Emit(spec, to);
        }
    }

    private static void EmitPrograms(ModelSpec spec, SourceWriter to)
    {
        var (program, home) = (Modules + (spec.IsLayer ? "LayerProgram" : "TransformerProgram"), "global::" + Names.ProgramNamespace(spec.Type));
        foreach (var (member, type, types) in FormsOf(spec))
        {
            to.Line();
            to.Line("/// <inheritdoc/>");
            to.Line($"protected override {program} {member}() =>");
            using (to.Indent())
            {
                if (types.Length == 0)
                {
                    to.Line($"new {home}.{type}(this);");
                }
                else
                {
                    to.Wrapped($"new {home}.{type}<", types, ">(this);");
                }
            }
        }
    }

    /// <summary>A layer's gradients are of its own type: fp32 ones beside bf16 weights are a trainer's.</summary>
    private static IEnumerable<(string Member, string Class, string[] Types)> FormsOf(ModelSpec spec) =>
        Forms.Where(form => !spec.IsLayer || form.Member != "KernelsMixed");
}
