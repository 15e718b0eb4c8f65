using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes;

/// <summary>
/// Chooses what is computed again in backward rather than kept from forward, as declared. It runs before Fuse, where a norm is still an op of its own. A forward
/// op that is cheap (<see cref="OpCost"/>), and whose inputs are there in backward anyway, is repeated before the first backward op that reads it. Of a block that
/// is recomputed as a whole only the input is kept: see <see cref="Function.Recomputed"/>.
/// </summary>
internal static class Recompute
{
    public static TensorProgram Run(TensorProgram program, RecomputeKind kind)
    {
        return kind == RecomputeKind.None ? program : program with { Functions = new([.. program.Functions.Select(Chosen)]) };

        Function Chosen(Function function) => kind == RecomputeKind.Block && IsBlock(program, function) ? Whole(function) : Cheap(function);
    }

    private static bool IsBlock(TensorProgram program, Function function) => program.Functions.Count == 1 || function.IsBlock;

    private static Function Whole(Function function) => function with
    {
        IsRecomputed = true,
        Forward = new([.. function.Forward.Select(op => op with { Recomputation = Recomputation.Later })]),
    };

    private static Function Cheap(Function function)
    {
        var again = Repeated(function);
        return function with
        {
            Forward = new([.. function.Forward.Select(op => again.Contains(op) ? op with { Recomputation = Recomputation.Later } : op)]),
            Backward = new([.. new Repetition(again).Run(function.Backward)]),
        };
    }

    /// <summary>The ops to repeat, in forward's order: by then it is known of all that an op reads whether it is there in backward.</summary>
    private static List<Op> Repeated(Function function)
    {
        var read = new HashSet<string>(function.Backward.SelectMany(op => op.Reads).Select(value => value.Name));
        var there = new HashSet<string> { function.Input.Name };
        var chosen = new List<Op>();
        foreach (var op in function.Forward)
        {
            var isRead = op.Outputs.Any(value => read.Contains(value.Name));
            if (isRead && OpCost.Of(op).IsCheap && op.Reads.All(value => value.Kind == ValueKind.Weight || there.Contains(value.Name)))
            {
                chosen.Add(op);
                there.UnionWith(op.Outputs.Select(value => value.Name));
            }
            else
            {
                there.UnionWith(op.Outputs.Select(value => value.Name).Where(read.Contains));
            }
        }

        return chosen;
    }

    /// <summary>Walks backward and puts each repeated op before its first reader. What is repeated makes values of its own: <c>u</c> again is <c>u_again</c>.</summary>
    private sealed class Repetition(List<Op> again)
    {
        private readonly Dictionary<string, Op> _makers = again.SelectMany(op => op.Outputs.Select(value => (value.Name, op))).ToDictionary(pair => pair.Name, pair => pair.op);
        private readonly HashSet<Op> _repeated = [];
        private readonly List<Op> _ops = [];

        public List<Op> Run(IEnumerable<Op> backward)
        {
            foreach (var op in backward)
            {
                Repeat(op, op.Stage);
                _ops.Add(op with { Inputs = Renamed(op.Inputs) });
            }

            return _ops;
        }

        private void Repeat(Op reader, string stage)
        {
            foreach (var value in reader.Inputs)
            {
                if (_makers.TryGetValue(value.Name, out var op) && _repeated.Add(op))
                {
                    Repeat(op, stage);
                    _ops.Add(op with { Inputs = Renamed(op.Inputs), Outputs = Renamed(op.Outputs), Stage = stage, Recomputation = Recomputation.Again });
                }
            }
        }

        private EquatableArray<Value> Renamed(EquatableArray<Value> values) =>
            new([.. values.Select(value => _makers.ContainsKey(value.Name) ? value with { Name = value.Name + "_again" } : value)]);
    }
}
