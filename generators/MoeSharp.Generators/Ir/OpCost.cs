using System.Linq;
using MoeSharp.Generators.Ir.Activations;

namespace MoeSharp.Generators.Ir;

/// <summary>What it costs to compute an operation again: one row a forward op.</summary>
/// <param name="IsCheap">Whether it is one pass over what it reads: no product, no sort, no search.</param>
internal sealed record OpCost(bool IsCheap)
{
    private static readonly OpCost Cheap = new(true);
    private static readonly OpCost Dear = new(false);

    private static readonly Dictionary<string, OpCost> Table = new(ActivationTable.All.ToDictionary(row => row.Op, _ => Cheap))
    {
        [OpNames.Embedding] = Cheap,
        [OpNames.RmsNorm] = Cheap,
        [OpNames.Linear] = Dear,
        [OpNames.Rope] = Cheap,
        [OpNames.Attention] = Dear,
        [OpNames.SigmoidScale] = Cheap,
        [OpNames.Add] = Cheap,
        [OpNames.Jitter] = Cheap,
        [OpNames.Route] = Dear,
        [OpNames.Drop] = Dear,
        [OpNames.Experts] = new(false) { Part = ExpertsUp },
    };

    /// <summary>The part of a region that backward reads, where nobody reads its first output; null where there is no such part.</summary>
    public Func<Op, Op>? Part { get; init; }

    /// <summary>The ops with a row, for the test that finds one without.</summary>
    public static IEnumerable<string> Names => Table.Keys;

    /// <summary>An op's row; what the Fuse pass made has none of its own.</summary>
    public static OpCost Of(Op op) => Table.TryGetValue(op.Name, out var cost) ? cost : Dear;

    /// <summary>The ops that what some others read follows from, in their order, marked as computed again.</summary>
    public static IReadOnlyList<Op> LeadingTo(IEnumerable<Op> readers, IReadOnlyList<Op> ops)
    {
        var read = new HashSet<string>(readers.SelectMany(op => op.Reads).Select(value => value.Name));
        var leading = new List<Op>();
        foreach (var op in ops.Reverse().Where(op => op.Outputs.Any(value => read.Contains(value.Name))))
        {
            var needed = Of(op).Part is { } part && !read.Contains(op.Outputs[0].Name) ? part(op) : op;
            read.UnionWith(needed.Reads.Select(value => value.Name));
            leading.Insert(0, needed with { Recomputation = Recomputation.Again });
        }

        return leading;
    }

    /// <summary>The first product of every expert: its output, and the combine, are for forward's output alone.</summary>
    private static Op ExpertsUp(Op op) => new Op(
        OpNames.ExpertsUp,
        [op.Inputs[0], op.Inputs[2], op.Inputs[3], .. op.Inputs.Count > 5 ? [op.Inputs[5]] : Array.Empty<Value>()],
        [op.Outputs[1]])
    {
        Attributes = op.Attributes,
        Stage = op.Stage,
    };
}
