using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission;

/// <summary>A function's weights as a type with one member each, so that the code which uses them names no strings.</summary>
internal static class WeightsEmitter
{
    /// <param name="function">Whose weights.</param>
    /// <param name="isLayer">Whether names have no layer in front.</param>
    /// <param name="suffix">The type's name after the function's.</param>
    /// <param name="source">The type they are read from by name.</param>
    /// <param name="member">The type of a member.</param>
    /// <param name="typeParameter"><c>&lt;T&gt;</c>, or empty.</param>
    /// <param name="to">Where to write.</param>
    public static void Emit(Function function, bool isLayer, string suffix, string source, string member, string typeParameter, SourceWriter to)
    {
        var isBlock = !isLayer && Layers.IsBlock(function);
        var constraint = typeParameter.Length == 0 ? string.Empty : "\n    where T : unmanaged";
        to.Line($"/// <summary>The weights of {function.Name}, or their gradients: views of a flat buffer.</summary>");
        using (to.Block($"internal readonly struct {Names.Pascal(function.Name)}{suffix}{typeParameter}({source}{typeParameter} flat{(isBlock ? ", int layer" : string.Empty)}){constraint}"))
        {
            to.Table(function.Weights.Select(weight =>
            {
                var name = isBlock ? $"$\"model.layers.{{layer}}.{weight.Path}\"" : Literals.Quoted(weight.Path);
                return ($"public {member}{typeParameter} {Names.Member(weight.Value)} {{ get; }} = flat[{name}];", weight.Value.Shape.ToString());
            }));
        }
    }
}
