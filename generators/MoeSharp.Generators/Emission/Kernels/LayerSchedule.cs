using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>A layer is its one function.</summary>
internal static class LayerSchedule
{
    public static void Emit(TensorProgram program, SourceWriter to)
    {
        var sizes = ArenaSizes.Of(program);
        to.Line("/// <inheritdoc/>");
        to.Line($"protected override long SavedPerToken => {Literals.Int(sizes.Saved)};");
        to.Line();
        to.Line("/// <inheritdoc/>");
        to.Line($"protected override long ScratchPerToken => {Literals.Int(sizes.Scratch)};");
        to.Line();
        to.Line("/// <inheritdoc/>");
        to.Line("protected override void Forward(Pass<T> pass, FlatView<TWeight> weights, Matrix<T> u, Matrix<T> y) =>");
        to.Line("    ForwardLayer(pass, sparseLayer: 0, pass.Saved, new LayerWeights<TWeight>(weights), u, y);");
        to.Line();
        to.Line("/// <inheritdoc/>");
        to.Wrapped(
            "protected override void Backward(",
            ["Pass<T> pass", "FlatView<TWeight> weights", "FlatView<TGradient> gradient", "Matrix<T> u", "Matrix<T> dY", "Matrix<T> dU"],
            ") =>");
        var sparse = program.Functions[0].BackwardKnowsLayer ? "sparseLayer: 0, " : string.Empty;
        to.Line($"    BackwardLayer(pass, {sparse}pass.Saved, new LayerWeights<TWeight>(weights), new LayerWeights<TGradient>(gradient), u, dY, dU);");
    }
}
