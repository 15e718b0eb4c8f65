using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Emission;

/// <summary>The table of a module's parameters: their names in the module, their shapes, and the Hugging Face tensors packed in them.</summary>
internal static class LayoutEmitter
{
    public static void Emit(ModelSpec spec, TensorProgram program, SourceWriter to)
    {
        to.Line("/// <summary>The parameters, in the order of the flat buffer; norms and biases go to its end.</summary>");
        using (to.Block("private static global::MoeSharp.Modules.ParameterLayout BuildLayout()"))
        {
            to.Line("var layout = new global::MoeSharp.Modules.ParameterLayout();");
            var known = new HashSet<string>();
            foreach (var function in program.Functions)
            {
                if (!function.IsBlock)
                {
                    // The weights of a layer, of an embedding or of a head; a tied head is the embedding's.
                    Rows(function, function.Weights.Where(weight => known.Add(weight.Path)), path => Literals.Quoted(path), spec, to);
                    continue;
                }

                Layers.Emit(function, backward: false, to, layer =>
                {
                    if (layer.IsVariable)
                    {
                        to.Line("var prefix = $\"model.layers.{layer}.\";");
                    }

                    Rows(function, function.Weights, path => layer.IsVariable ? "prefix + " + Literals.Quoted(path) : Literals.Quoted($"model.layers.{layer}.{path}"), spec, to);
                });
            }

            to.Line();
            to.Line("return layout;");
        }
    }

    private static void Rows(Function function, IEnumerable<Weight> weights, Func<string, string> name, ModelSpec spec, SourceWriter to)
    {
        foreach (var weight in weights)
        {
            var dims = weight.Value.Shape.Dims;
            var parts = weight.Slices.Select(slice => $"({name(slice.Path)}, {slice.Rows})");
            var (method, rest) = (weight.Initial, weight.IsPerExpert, weight.Slices.Count) switch
            {
                (Initial.Ones, _, _) => ("Norm", [dims[0].ToString()]),
                (Initial.Zeros, true, _) => ("ExpertBiases", [dims[0].ToString(), .. parts]),
                (Initial.Zeros, _, > 0) => ("Bias", parts),
                (Initial.Zeros, _, _) => ("Zeros", dims.Select(dim => dim.ToString())),
                (_, true, _) => ("Experts", [dims[0].ToString(), dims[2].ToString(), .. parts]),
                (_, _, > 0) => ("Packed", [dims[1].ToString(), .. parts]),
                _ => ("Matrix", (IEnumerable<string>)dims.Select(dim => dim.ToString())),
            };
            to.Wrapped($"layout.{method}(", [name(weight.Path), .. rest], ");");
        }

        if (function.IsRouted && spec.BalanceBias is not null)
        {
            to.Line($"layout.BalanceBiases.Add({name((function.IsBlock ? "mlp." : string.Empty) + "gate.e_score_correction_bias")});");
        }
    }
}
