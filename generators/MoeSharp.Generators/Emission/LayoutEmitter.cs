using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Emission;

/// <summary>The table of a module's parameters: their names in the module, their shapes, and the Hugging Face tensors packed in them.</summary>
internal static class LayoutEmitter
{
    public static void Emit(ModelSpec spec, TensorProgram program, SourceWriter to)
    {
        to.Line("/// <summary>The parameters, in the order of the flat buffer; norms go to its end.</summary>");
        using (to.Block("private static global::MoeSharp.Modules.ParameterLayout BuildLayout()"))
        {
            to.Line("var layout = new global::MoeSharp.Modules.ParameterLayout();");
            var known = new HashSet<string>();
            foreach (var function in program.Functions)
            {
                var isBlock = function.Name.EndsWith("_block", StringComparison.Ordinal);
                using (isBlock ? to.Block($"for (var layer = {function.FirstLayer}; layer < {function.FirstLayer + function.Layers}; layer++)") : (IDisposable?)null)
                {
                    if (isBlock)
                    {
                        to.Line("var prefix = $\"model.layers.{layer}.\";");
                    }

                    foreach (var weight in function.Weights.Where(weight => isBlock || known.Add(weight.Path)))
                    {
                        to.Line(Row(weight, isBlock ? "prefix + " : string.Empty));
                    }

                    if (function.IsRouted && spec.BalanceBias is not null)
                    {
                        to.Line($"layout.BalanceBiases.Add({(isBlock ? "prefix + \"mlp." : "\"")}gate.e_score_correction_bias\");");
                    }
                }
            }

            to.Line();
            to.Line("return layout;");
        }
    }

    private static string Row(Weight weight, string prefix)
    {
        var dims = weight.Value.Shape.Dims;
        var name = prefix + Literals.Quoted(weight.Path);
        var parts = string.Join(", ", weight.Slices.Select(slice => $"({prefix}{Literals.Quoted(slice.Path)}, {slice.Rows})"));
        return (weight.Initial, dims.Count, weight.Slices.Count) switch
        {
            (Initial.Ones, _, _) => $"layout.Norm({name}, {dims[0]});",
            (_, 3, _) => $"layout.Experts({name}, {dims[0]}, {dims[2]}, {parts});",
            (_, _, > 0) => $"layout.Packed({name}, {dims[1]}, {parts});",
            _ => $"layout.Matrix({name}, {string.Join(", ", dims)});",
        };
    }
}
