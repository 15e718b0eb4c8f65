using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>A layer is its one function.</summary>
internal static class LayerSchedule
{
    public static void Emit(TensorProgram program, SourceWriter to)
    {
        var layer = program.Functions[0];
        var sizes = ArenaSizes.Of(program);
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
        to.Line($"    ForwardLayer(pass, sparseLayer: 0, pass.Saved, {WeightsEmitter.NewWeights(layer)}, u, y);");
        to.Line();
        to.Line("/// <inheritdoc/>");
        to.Wrapped(
            "protected override void Backward(",
            ["Pass<T> pass", "FlatView<TWeight> weights", "FlatView<TGradient> masters", "FlatView<TGradient> gradient", "Matrix<T> u", "Matrix<T> dY", "Matrix<T> dU"],
            ") =>");
        string[] sparse = layer.BackwardKnowsLayer ? ["sparseLayer: 0"] : [];
        using (to.Indent())
        {
            to.Wrapped(
                "BackwardLayer(",
                ["pass", .. sparse, "pass.Saved", WeightsEmitter.NewWeights(layer), WeightsEmitter.NewGradients(layer), "u", "dY", "dU"],
                ");");
        }
    }
}
