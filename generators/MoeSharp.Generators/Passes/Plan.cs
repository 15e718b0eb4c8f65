using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes;

/// <summary>
/// Gives every activation its place. What backward reads is kept, a place of its own a layer; the rest lives in scratch, where values whose lives
/// do not overlap share places if they are alike. Backward never writes what forward kept, so a function can be differentiated twice.
/// </summary>
internal static class Plan
{
    /// <summary>Offsets are multiples of this many elements: times any number of tokens, every place begins at a multiple of 64 bytes.</summary>
    private const long Alignment = 16;

    public static TensorProgram Run(TensorProgram program) =>
        program with { Functions = new([.. program.Functions.Select(Place)]) };

    private static Function Place(Function function)
    {
        var memory = SharedMemory(function);
        var caller = new HashSet<string> { function.Input.Name, memory[function.Output.Name] };
        if (function.OutputGradient is { } outputGradient)
        {
            caller.Add(outputGradient.Name);
        }

        if (function.InputGradient is { } inputGradient)
        {
            caller.Add(memory[inputGradient.Name]);
        }

        var kept = new HashSet<string>(function.Backward.SelectMany(op => op.Reads).Select(value => memory.TryGetValue(value.Name, out var root) ? root : value.Name));
        var forward = Activations(function.Forward);
        var saved = new List<Placement>();
        long savedEnd = 0;
        foreach (var value in forward.Where(value => memory[value.Name] == value.Name && kept.Contains(value.Name) && !caller.Contains(value.Name)))
        {
            saved.Add(new Placement(value.Name, Home.Saved, savedEnd, value.Name));
            savedEnd += Aligned(value);
        }

        var taken = new HashSet<string>(saved.Select(placement => placement.Value).Concat(caller));
        var (forwardScratch, forwardEnd) = Pack(function.Forward, memory, taken, function.IsRecomputed);
        var (backwardScratch, backwardEnd) = Pack(function.Backward, memory, new HashSet<string>(taken.Concat(forward.Select(value => value.Name))), function.IsRecomputed);

        var roots = saved.Concat(forwardScratch).Concat(backwardScratch).Concat(caller.Select(name => new Placement(name, Home.Caller, 0, name))).ToDictionary(placement => placement.Value);
        var columns = function.Backward.Where(op => op.FromLastColumns).ToDictionary(op => op.Inputs[0].Name, op => (int?)(op.Outputs[0].Shape.Columns - op.Inputs[0].Shape.Columns));
        var all = memory.Where(pair => roots.ContainsKey(pair.Value))
            .Select(pair => roots[pair.Value] with { Value = pair.Key, Column = columns.TryGetValue(pair.Key, out var column) ? column : null });
        return function with
        {
            Plan = new BufferPlan(
                new([.. all.Concat(caller.Where(name => !memory.ContainsKey(name)).Select(name => roots[name]))]),
                savedEnd,
                forwardEnd,
                backwardEnd),
        };
    }

    /// <summary>For every value made by an op, the value whose memory it is in: itself, unless it overwrites, is added into or lies within another.</summary>
    private static Dictionary<string, string> SharedMemory(Function function)
    {
        var memory = new Dictionary<string, string>();
        foreach (var op in function.Forward.Concat(function.Backward))
        {
            foreach (var value in Made(op))
            {
                memory[value.Name] = value.Name;
            }

            var host = op.Into ?? (op.InPlace ? op.Inputs[0] : null);
            if (host is not null)
            {
                memory[op.Outputs[0].Name] = memory.TryGetValue(host.Name, out var root) ? root : host.Name;
            }

            if (op.FromLastColumns)
            {
                memory[op.Inputs[0].Name] = op.Outputs[0].Name;
            }
        }

        return memory;
    }

    /// <summary>
    /// First fit: each value in the lowest gap that is free for its whole life, in the order of first writing. A value that another lies within has a place from
    /// when that one is made.
    /// </summary>
    /// <remarks>
    /// A core computes the same share of the rows of every value. In the place of a value of another width those lie where rows of another core were, and writing
    /// them waits for its cache: only values that are alike share a place, unless memory is worth more than time.
    /// </remarks>
    private static (List<Placement> Placements, long End) Pack(IReadOnlyList<Op> ops, Dictionary<string, string> memory, HashSet<string> taken, bool tight)
    {
        var values = Activations(ops).ToDictionary(value => value.Name);
        var known = new HashSet<string>(taken);
        var placed = new List<(Value Value, long Offset, int First, int Last)>();
        for (var index = 0; index < ops.Count; index++)
        {
            foreach (var value in Made(ops[index]).Select(made => memory[made.Name]).Where(known.Add).Select(root => values[root]))
            {
                var last = Math.Max(index, LastUse(ops, memory, value));
                var neighbours = placed.Where(other => (other.Last >= index && other.First <= last) || !(tight || AreAlike(other.Value, value))).OrderBy(other => other.Offset);
                long offset = 0;
                foreach (var other in neighbours)
                {
                    if (offset + Aligned(value) <= other.Offset)
                    {
                        break;
                    }

                    offset = Math.Max(offset, other.Offset + Aligned(other.Value));
                }

                placed.Add((value, offset, index, last));
            }
        }

        return ([.. placed.Select(entry => new Placement(entry.Value.Name, Home.Scratch, entry.Offset, entry.Value.Name))],
            placed.Select(entry => entry.Offset + Aligned(entry.Value)).DefaultIfEmpty(0).Max());
    }

    private static bool AreAlike(Value one, Value other) => one.Shape == other.Shape && one.Type == other.Type;

    private static int LastUse(IReadOnlyList<Op> ops, Dictionary<string, string> memory, Value root)
    {
        for (var index = ops.Count - 1; index >= 0; index--)
        {
            if (ops[index].Reads.Concat(ops[index].Outputs).Any(value => memory.TryGetValue(value.Name, out var home) && home == root.Name))
            {
                return index;
            }
        }

        return -1;
    }

    private static List<Value> Activations(IEnumerable<Op> ops) => [.. ops.SelectMany(Made)];

    private static IEnumerable<Value> Made(Op op) =>
        op.Outputs.Concat(op.Workspace).Where(value => value.Kind == ValueKind.Result && value.Shape.PerToken > 0);

    /// <summary>Elements a token of a value's place.</summary>
    public static long Aligned(Value value) => (value.Shape.PerToken + Alignment - 1) / Alignment * Alignment;
}
