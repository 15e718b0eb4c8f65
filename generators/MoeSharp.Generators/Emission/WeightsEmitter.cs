using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission;

/// <summary>
/// A function's weights as a type with one member each, so that the code which uses them names no strings. On the CPU products may read a rounded copy of
/// the weights; what is read in fp32 at least is then a view of the weights themselves, the masters.
/// </summary>
internal static class WeightsEmitter
{
    /// <summary>The type for TorchSharp's operations, which know no copy.</summary>
    public static void EmitTensors(Function function, bool isLayer, SourceWriter to) =>
        Emit(function, isLayer, $"{Names.Pascal(function.Name)}Tensors", ["TorchView flat"], [], _ => ("Tensor", "flat"), to);

    /// <summary>The type for kernels.</summary>
    public static void EmitViews(Function function, bool isLayer, SourceWriter to)
    {
        string[] masters = function.HasWideWeights ? ["TMaster"] : [];
        Emit(
            function,
            isLayer,
            Names.WeightsClass(function),
            ["FlatView<T> flat", .. masters.Select(master => $"FlatView<{master}> masters")],
            ["T", .. masters],
            weight => weight.IsWide ? ("Matrix<TMaster>", "masters") : ("Matrix<T>", "flat"),
            to);
    }

    /// <summary>The type of the weights that kernels read.</summary>
    public static string Weights(Function function) => Names.WeightsClass(function) + (function.HasWideWeights ? "<TWeight, TGradient>" : "<TWeight>");

    /// <summary>The type of their gradients.</summary>
    public static string Gradients(Function function) => Names.WeightsClass(function) + (function.HasWideWeights ? "<TGradient, TGradient>" : "<TGradient>");

    /// <summary>The weights of a layer, or of the function where there is but one.</summary>
    public static string NewWeights(Function function, Layers.Index? layer = null) => New(Weights(function), function.HasWideWeights ? "weights, masters" : "weights", layer);

    /// <summary>Their gradients.</summary>
    public static string NewGradients(Function function, Layers.Index? layer = null) =>
        New(Gradients(function), function.HasWideWeights ? "gradient, gradient" : "gradient", layer);

    private static string New(string type, string flat, Layers.Index? layer) => $"new {type}({flat}{(layer is null ? string.Empty : ", " + layer)})";

    /// <param name="function">Whose weights.</param>
    /// <param name="isLayer">Whether names have no layer in front.</param>
    /// <param name="type">The type's name.</param>
    /// <param name="sources">What they are read from by name.</param>
    /// <param name="typeParameters">The type's parameters.</param>
    /// <param name="member">The type of a weight's member, and which source it is of.</param>
    /// <param name="to">Where to write.</param>
    private static void Emit(
        Function function, bool isLayer, string type, string[] sources, string[] typeParameters, Func<Weight, (string Type, string Source)> member, SourceWriter to)
    {
        var isBlock = !isLayer && function.IsBlock;
        string[] layer = isBlock ? ["int layer"] : [];
        var generic = typeParameters.Length == 0 ? string.Empty : $"<{string.Join(", ", typeParameters)}>";
        var constraints = string.Concat(typeParameters.Select(parameter => $"\n    where {parameter} : unmanaged"));
        to.Line($"/// <summary>The weights of {function.Name}, or their gradients: views of a flat buffer.</summary>");
        using (to.Block($"internal readonly struct {type}{generic}({string.Join(", ", sources.Concat(layer))}){constraints}"))
        {
            to.Table(function.Weights.Select(weight =>
            {
                var name = isBlock ? $"$\"model.layers.{{layer}}.{weight.Path}\"" : Literals.Quoted(weight.Path);
                var (view, source) = member(weight);
                return ($"public {view} {Names.Member(weight.Value)} {{ get; }} = {source}[{name}];", weight.Value.Shape.ToString());
            }));
        }
    }
}
