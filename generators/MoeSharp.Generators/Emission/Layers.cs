using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission;

/// <summary>The layers of a model that are one function: a loop, or its body alone where there is one of them.</summary>
internal static class Layers
{
    /// <summary>The blocks of a model: all functions but the embedding and the head.</summary>
    public static List<Function> Blocks(TensorProgram program)
    {
        var functions = new List<Function>(program.Functions);
        return functions.GetRange(1, functions.Count - 2);
    }

    /// <summary>Writes the loop over the layers of a block.</summary>
    /// <param name="block">Whose layers.</param>
    /// <param name="backward">From the last to the first.</param>
    /// <param name="to">Where to write.</param>
    /// <param name="body">Writes the body for a layer.</param>
    public static void Emit(Function block, bool backward, SourceWriter to, Action<Index> body)
    {
        var (first, end) = (block.FirstLayer, block.FirstLayer + block.Layers);
        var index = new Index(block);
        if (block.Layers == 1)
        {
            body(index);
            return;
        }

        to.Line();
        using (to.Block(backward ? $"for (var layer = {end - 1}; layer >= {first}; layer--)" : $"for (var layer = {first}; layer < {end}; layer++)"))
        {
            body(index);
        }
    }

    /// <summary>A layer's index as C# writes it: the loop's variable, or the number where there is no loop.</summary>
    internal sealed class Index(Function block)
    {
        private readonly int _first = block.FirstLayer;

        public bool IsVariable { get; } = block.Layers > 1;

        /// <summary>The layer.</summary>
        public override string ToString() => IsVariable ? "layer" : Literals.Int(_first);

        /// <summary>The layer after it.</summary>
        public string Next => IsVariable ? "layer + 1" : Literals.Int(_first + 1);

        /// <summary>Which of the block's layers it is.</summary>
        public string InBlock => !IsVariable ? "0" : _first == 0 ? "layer" : $"layer - {_first}";

        /// <summary>The arguments that tell a function which layer it is, as far as it asks.</summary>
        public IEnumerable<string> ArgumentsOf(Function function)
        {
            if (function.Attends)
            {
                yield return Argument("layer", ToString());
            }

            if (function.IsRouted)
            {
                yield return Argument("sparseLayer", InBlock);
            }
        }

        /// <summary>The same for its forward when that runs again: nothing is decoded then.</summary>
        public IEnumerable<string> RecomputeArgumentsOf(Function function)
        {
            if (function.IsRouted)
            {
                yield return Argument("sparseLayer", InBlock);
            }
        }

        /// <summary>The same for its backward.</summary>
        public IEnumerable<string> BackwardArgumentsOf(Function function)
        {
            if (function.BackwardKnowsLayer)
            {
                yield return Argument("sparseLayer", InBlock);
            }
        }

        /// <summary>Where the layer's share begins in an arena that holds so many elements for each layer of the block.</summary>
        public string Offset(long start, long perLayer) => !IsVariable
            ? Literals.Int(start)
            : $"{start} + ({(_first == 0 ? "layer" : $"(layer - {_first})")} * {perLayer}L)";

        // A bare number among the arguments says nothing.
        private string Argument(string parameter, string value) => IsVariable ? value : $"{parameter}: {value}";
    }
}
