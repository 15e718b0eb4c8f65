using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Tests.Passes;

/// <summary>The arenas of a function's plan, for one token: which value lies where, and nothing of what it is.</summary>
/// <remarks>
/// A value within the columns of another, of many tokens, lies all over that one's place: it holds the whole of it.
/// </remarks>
internal sealed class PlannedMemory(Function function)
{
    private readonly Dictionary<string, Value> _made =
        function.Forward.Concat(function.Backward).SelectMany(op => op.Outputs.Concat(op.Workspace)).ToDictionary(value => value.Name);

    private readonly List<(string Arena, long Start, long End, string Value)> _held = [];

    /// <summary>A value that the caller hands in.</summary>
    public void Lend(Value value) => Hold(value);

    /// <summary>A value that the caller has when a function returned, and the next function has not.</summary>
    public void TakeBack(Value value) => _held.RemoveAll(held => held.Value == value.Name);

    /// <summary>Other functions, or other layers, used the arena.</summary>
    public void Forget(string arena) => _held.RemoveAll(held => held.Arena == arena);

    public void Run(IEnumerable<Op> ops)
    {
        foreach (Op op in ops)
        {
            Assert.All(op.Reads.Where(IsActivation), value => AssertHolds(value, op.Name));
            Assert.All(op.Outputs.Concat(op.Workspace).Where(IsActivation), Hold);

            // What an op overwrites on purpose is gone; the rest of what it reads it may read until its end, beside all it writes.
            Value? overwritten = op.Into ?? (op.InPlace || op.FromLastColumns ? op.Inputs[0] : null);
            Assert.All(
                op.Reads.Where(value => value.Name != overwritten?.Name).Concat(op.Outputs).Concat(op.Workspace).Where(IsActivation),
                value => AssertHolds(value, op.Name));
            if (overwritten is not null)
            {
                Assert.Equal(Place(overwritten), Place(op.Outputs[0]));
                Assert.Equal(
                    op.FromLastColumns ? op.Outputs[0].Shape.Columns : overwritten.Shape.Columns,
                    (function.Plan![overwritten].Column ?? 0) + overwritten.Shape.Columns);
            }
        }
    }

    public void AssertHolds(Value value, string reader)
    {
        var (arena, start, end) = Place(value);
        Assert.True(_held.Contains((arena, start, end, value.Name)), $"{reader} does not find {value} at {arena}+{start}");
    }

    private static bool IsActivation(Value value) => value.Kind is ValueKind.Result or ValueKind.Input;

    private void Hold(Value value)
    {
        var (arena, start, end) = Place(value);
        _held.RemoveAll(held => held.Arena == arena && held.Start < end && start < held.End);
        _held.Add((arena, start, end, value.Name));
    }

    private (string Arena, long Start, long End) Place(Value value)
    {
        Placement placement = function.Plan![value];
        string arena = placement.Home switch { Home.Saved => "saved", Home.Scratch => "scratch", _ => "caller's " + placement.Root };

        // Token ids have one number a token and no place of their own in any arena.
        Value whole = placement.Column is null ? value : _made[placement.Root];
        return (arena, placement.Offset, placement.Offset + Math.Max(1, whole.Shape.PerToken));
    }
}
