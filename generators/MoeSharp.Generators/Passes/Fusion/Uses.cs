using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Passes.Fusion;

/// <summary>Who reads a value.</summary>
internal static class Uses
{
    /// <summary>How often the forward and backward ops of a function read a value, and its caller.</summary>
    public static int Count(Function function, Value value) =>
        function.Forward.Concat(function.Backward).Sum(op => op.Reads.Count(read => read.Name == value.Name))
        + (function.Output.Name == value.Name ? 1 : 0)
        + (function.InputGradient?.Name == value.Name ? 1 : 0);

    /// <summary>Whether any op from <paramref name="first"/> on reads a value.</summary>
    public static bool After(IReadOnlyList<Op> ops, int first, Value value) =>
        ops.Skip(first).Any(op => op.Reads.Any(read => read.Name == value.Name));
}
