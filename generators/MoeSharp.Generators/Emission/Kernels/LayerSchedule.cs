using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>A layer is its one function.</summary>
internal static class LayerSchedule
{
    public static void Emit(TensorProgram program, SourceWriter to)
    {
        var (layer, sizes) = (program.Functions[0], ArenaSizes.Of(program));
        var kept = layer.IsRecomputed ? $"pass.Scratch.From({ArenaSizes.Own(layer)})" : "pass.Saved";
        to.Line("/// <inheritdoc/>");
        to.Line($"protected override long SavedPerToken => {Literals.Int(sizes.Saved)};");
        to.Line();
        to.Line("/// <inheritdoc/>");
        to.Line($"protected override long ScratchPerToken => {Literals.Int(sizes.Scratch)};");
        to.Line();
        to.Line("/// <inheritdoc/>");
        to.Wrapped(
            "protected override void Forward(",
            ["Pass<T> pass", "FlatView<TWeight> weights", "FlatView<TGradient> masters", "Matrix<T> u", "Matrix<T> y"],
            ") =>");
        to.Line($"    ForwardLayer(pass, sparseLayer: 0, {kept}, {WeightsEmitter.NewWeights(layer)}, u, y);");
        to.Line();
        to.Line("/// <inheritdoc/>");
        to.Wrapped(
            "protected override void Backward(",
            ["Pass<T> pass", "FlatView<TWeight> weights", "FlatView<TGradient> masters", "FlatView<TGradient> gradient", "Matrix<T> u", "Matrix<T> dY", "Matrix<T> dU"],
            layer.IsRecomputed ? ")" : ") =>");
        string[] sparse = layer.BackwardKnowsLayer ? ["sparseLayer: 0"] : [];
        string[] arguments = ["pass", .. sparse, kept, WeightsEmitter.NewWeights(layer), WeightsEmitter.NewGradients(layer), "u", "dY", "dU"];
        if (!layer.IsRecomputed)
        {
            using (to.Indent())
            {
                to.Wrapped("BackwardLayer(", arguments, ");");
            }

            return;
        }

        using (to.Block())
        {
            to.Line(Names.LayerIsRecomputed);
            to.Wrapped("RecomputeLayer(", ["pass.Again()", "sparseLayer: 0", kept, WeightsEmitter.NewWeights(layer), "u"], ");");
            to.Wrapped("BackwardLayer(", arguments, ");");
        }
    }
}
