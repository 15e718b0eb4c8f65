using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>A model's functions in order: the loops over its layers, and where each layer's kept activations begin.</summary>
internal sealed class TransformerSchedule
{
    private readonly TensorProgram _program;
    private readonly SourceWriter _to;
    private readonly int _dim;
    private readonly int _layers;

    /// <summary>Where what a function keeps begins: the residual stream lies first, then each function's share in the order they run.</summary>
    private readonly Dictionary<string, long> _starts = [];

    private TransformerSchedule(TensorProgram program, SourceWriter to)
    {
        (_program, _to) = (program, to);
        _dim = Embed.Output.Shape.Columns;
        _layers = Layers.Blocks(program).Sum(block => block.Layers);
        var at = ArenaSizes.Of(program).Residual;
        foreach (var function in program.Functions)
        {
            _starts[function.Name] = at;
            at += ArenaSizes.Kept(function) * function.Layers;
        }
    }

    private Function Embed => _program.Functions[0];

    private Function Head => _program.Functions[_program.Functions.Count - 1];

    public static void Emit(TensorProgram program, SourceWriter to)
    {
        var schedule = new TransformerSchedule(program, to);
        schedule.EmitSizes();
        schedule.EmitForward();
        to.Line();
        schedule.EmitHead();
        to.Line();
        schedule.EmitBackward();
        to.Line();
        to.Line("/// <inheritdoc/>");
        to.Line($"protected override Matrix<T> Residual(Pass<T> pass, int layer) => pass.Saved.Matrix(layer * {ArenaSizes.ResidualRow(program)}L, {schedule._dim});");
    }

    private void EmitSizes()
    {
        var sizes = ArenaSizes.Of(_program);
        var properties = new[]
        {
            ("long SavedPerToken", sizes.Saved), ("long ScratchPerToken", sizes.Scratch), ("int Dim", _dim), ("int Vocab", Head.Output.Shape.Columns), ("int Layers", _layers),
        };
        foreach (var (property, value) in properties)
        {
            _to.Line("/// <inheritdoc/>");
            _to.Line($"protected override {property} => {Literals.Int(value)};");
            _to.Line();
        }
    }

    private void EmitForward()
    {
        _to.Line("/// <inheritdoc/>");
        _to.Wrapped(
            "protected override void Forward(",
            ["Pass<T> pass", "FlatView<TWeight> weights", "FlatView<TGradient> masters", "Matrix<int> ids"],
            ")");
        using (_to.Block())
        {
            Call(Embed, null, ["ids", "Residual(pass, 0)"]);
            foreach (var block in Layers.Blocks(_program))
            {
                Layers.Emit(block, backward: false, _to, layer => Call(block, layer, [$"Residual(pass, {layer})", $"Residual(pass, {layer.Next})"]));
            }
        }
    }

    private void EmitHead()
    {
        _to.Line("/// <inheritdoc/>");
        _to.Wrapped(
            "protected override void Head(",
            ["Pass<T> pass", "FlatView<TWeight> weights", "FlatView<TGradient> masters", "Matrix<T> x", "Matrix<T> logits"],
            ") =>");
        using (_to.Indent())
        {
            Call(Head, null, ["x", "logits"]);
        }
    }

    private void EmitBackward()
    {
        _to.Line("/// <inheritdoc/>");
        _to.Wrapped(
            "protected override void Backward(",
            ["Pass<T> pass", "FlatView<TWeight> weights", "FlatView<TGradient> masters", "FlatView<TGradient> gradient", "Matrix<int> ids", "Matrix<T> dLogits", "Matrix<T> dX", "Matrix<T> dY"],
            ")");
        using (_to.Block())
        {
            CallBackward(Head, null, [$"Residual(pass, {_layers})", "dLogits", "dX"]);
            var blocks = Layers.Blocks(_program);
            if (blocks.Exists(block => block.IsRecomputed))
            {
                _to.Line();
                _to.Line("// recomputed: of a block only its input was kept, so its forward runs again, at one place for all");
                _to.Line("var again = pass.Again();", "the same random numbers; no counter moves twice");
            }

            foreach (var block in Enumerable.Reverse(blocks))
            {
                Layers.Emit(block, backward: true, _to, layer =>
                {
                    if (block.IsRecomputed)
                    {
                        Call("Recompute", ["again", .. layer.RecomputeArgumentsOf(block)], block, layer, [$"Residual(pass, {layer})"]);
                    }

                    string[] gradients = ["dX"];
                    if (!block.BackwardIsInPlace)
                    {
                        gradients = ["dY", "dX"];
                        _to.Line("(dX, dY) = (dY, dX);", "they take turns: where every core gathers rows of what comes down, none writes there");
                    }

                    CallBackward(block, layer, [$"Residual(pass, {layer})", .. gradients]);
                });
            }

            CallBackward(Embed, null, ["ids", "dX"]);
        }
    }

    private void Call(Function function, Layers.Index? layer, string[] activations) =>
        Call("Forward", ["pass", .. layer?.ArgumentsOf(function) ?? []], function, layer, activations);

    private void Call(string verb, string[] which, Function function, Layers.Index? layer, string[] activations) => _to.Wrapped(
        $"{verb}{Names.Pascal(function.Name)}(",
        [.. which, .. Kept(function, layer), WeightsEmitter.NewWeights(function, layer), .. activations],
        ");");

    private void CallBackward(Function function, Layers.Index? layer, string[] activations)
    {
        string[] weights = function.BackwardReadsWeights ? [WeightsEmitter.NewWeights(function, layer)] : [];
        string[] which = layer is null ? [] : [.. layer.BackwardArgumentsOf(function)];
        _to.Wrapped(
            $"Backward{Names.Pascal(function.Name)}(",
            ["pass", .. which, .. Kept(function, layer), .. weights, WeightsEmitter.NewGradients(function, layer), .. activations],
            ");");
    }

    private string[] Kept(Function function, Layers.Index? layer) => function.Plan!.SavedPerToken == 0
        ? []
        : function.IsRecomputed
        ? [$"pass.Scratch.From({ArenaSizes.Own(function)})"]
        : [$"pass.Saved.From({layer?.Offset(_starts[function.Name], function.Plan.SavedPerToken) ?? Literals.Int(_starts[function.Name])})"];
}
