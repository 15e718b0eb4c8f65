using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>A model's functions in order: the loops over its layers, and where each layer's kept activations begin.</summary>
internal static class TransformerSchedule
{
    public static void Emit(TensorProgram program, SourceWriter to)
    {
        var (embed, head) = (program.Functions[0], program.Functions[program.Functions.Count - 1]);
        var blocks = program.Functions.Skip(1).Take(program.Functions.Count - 2).ToList();
        var dim = embed.Output.Shape.Columns;
        var layers = blocks.Sum(block => block.Layers);

        // The residual stream first, one row of it before every layer and one after the last; then what each layer keeps; then the head's.
        var at = (long)dim * (layers + 1);
        var starts = new Dictionary<string, long>();
        foreach (var function in program.Functions)
        {
            starts[function.Name] = at;
            at += function.Plan!.SavedPerToken * function.Layers;
        }

        var scratch = program.Functions.Max(function => Math.Max(function.Plan!.ForwardScratchPerToken, function.Plan.BackwardScratchPerToken));
        to.Line("/// <inheritdoc/>");
        to.Line($"protected override long SavedPerToken => {Literals.Int(at)};", $"{dim} · {layers + 1} of the residual stream{string.Concat(blocks.Select(block => $", {block.Plan!.SavedPerToken} · {block.Layers} of {block.Name}"))}, {head.Plan!.SavedPerToken} of the head");
        to.Line();
        to.Line("/// <inheritdoc/>");
        to.Line($"protected override long ScratchPerToken => {Literals.Int(scratch)};", "the largest need of one function");
        to.Line();

        foreach (var (property, value) in new[] { ("Dim", dim), ("Vocab", head.Output.Shape.Columns), ("Layers", layers) })
        {
            to.Line("/// <inheritdoc/>");
            to.Line($"protected override int {property} => {value};");
            to.Line();
        }

        to.Line("/// <inheritdoc/>");
        using (to.Block("protected override void Forward(Pass<T> pass, FlatView<T> weights, Matrix<int> ids, Matrix<T> logits)"))
        {
            to.Line($"ForwardEmbed(pass, pass.Saved.From({starts[embed.Name]}), new EmbedWeights<T>(weights), ids, Residual(pass, 0));");
            foreach (var block in blocks)
            {
                using (to.Block(LayerLoop(block)))
                {
                    to.Line($"Forward{Names.Pascal(block.Name)}({Context(block, starts)}, new {Names.WeightsClass(block)}<T>(weights, layer), Residual(pass, layer), Residual(pass, layer + 1));");
                }
            }

            to.Line();
            to.Line($"ForwardHead(pass, pass.Saved.From({starts[head.Name]}), new HeadWeights<T>(weights), Residual(pass, {layers}), logits);");
        }

        to.Line();
        to.Line("/// <inheritdoc/>");
        using (to.Block("protected override void Backward(Pass<T> pass, FlatView<T> weights, FlatView<T> gradient, Matrix<int> ids, Matrix<T> dLogits, Matrix<T> dX)"))
        {
            to.Line($"BackwardHead(pass, pass.Saved.From({starts[head.Name]}), new HeadWeights<T>(weights), new HeadWeights<T>(gradient), Residual(pass, {layers}), dLogits, dX);");
            foreach (var block in Enumerable.Reverse(blocks))
            {
                using (to.Block($"for (var layer = {block.FirstLayer + block.Layers - 1}; layer >= {block.FirstLayer}; layer--)"))
                {
                    to.Line($"Backward{Names.Pascal(block.Name)}({Context(block, starts)}, new {Names.WeightsClass(block)}<T>(weights, layer), new {Names.WeightsClass(block)}<T>(gradient, layer), Residual(pass, layer), dX);");
                }
            }

            to.Line();
            to.Line($"BackwardEmbed(pass, pass.Saved.From({starts[embed.Name]}), new EmbedWeights<T>(weights), new EmbedWeights<T>(gradient), ids, dX);");
        }

        to.Line();
        to.Line("/// <inheritdoc/>");
        to.Line($"protected override Matrix<T> Residual(Pass<T> pass, int layer) => pass.Saved.Matrix(layer * {dim}L, {dim});");
    }

    private static string LayerLoop(Function block) =>
        $"for (var layer = {block.FirstLayer}; layer < {block.FirstLayer + block.Layers}; layer++)";

    private static string Context(Function block, Dictionary<string, long> starts)
    {
        var index = block.FirstLayer == 0 ? "layer" : $"layer - {block.FirstLayer}";
        var offset = block.FirstLayer == 0 ? "layer" : $"({index})";
        return $"pass, {(block.IsRouted ? index + ", " : string.Empty)}pass.Saved.From({starts[block.Name]} + ({offset} * {block.Plan!.SavedPerToken}L))";
    }
}
