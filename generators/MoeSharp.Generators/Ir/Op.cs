using System.Collections.Immutable;
using System.Linq;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Ir;

/// <summary>One operation. Which operations there are, and what each means, is in <see cref="OpNames"/>.</summary>
/// <param name="Name">One of <see cref="OpNames"/>.</param>
/// <param name="Inputs">What it reads.</param>
/// <param name="Outputs">What it makes.</param>
internal sealed record Op(string Name, EquatableArray<Value> Inputs, EquatableArray<Value> Outputs)
{
    public Op(string name, Value[] inputs, Value[] outputs)
        : this(name, new EquatableArray<Value>([.. inputs]), new EquatableArray<Value>([.. outputs]))
    {
    }

    /// <summary>Constants that belong to the operation, in the order they are printed.</summary>
    public EquatableArray<OpAttribute> Attributes { get; init; } = EquatableArray<OpAttribute>.Empty;

    /// <summary>What is declared beside the operation and computed in its passes, such as a gate's balance losses; in the order they are printed.</summary>
    public EquatableArray<OpPart> Parts { get; init; } = EquatableArray<OpPart>.Empty;

    /// <summary>Room the operation needs for itself while it runs.</summary>
    public EquatableArray<Value> Workspace { get; init; } = EquatableArray<Value>.Empty;

    /// <summary>The value that the first output is added into and shares its memory with; null where the output is new.</summary>
    public Value? Into { get; init; }

    /// <summary>Values added to the first output in the same pass, such as a residual.</summary>
    public EquatableArray<Value> Plus { get; init; } = EquatableArray<Value>.Empty;

    /// <summary>Whether the first output overwrites the first input's memory.</summary>
    public bool InPlace { get; init; }

    /// <summary>Whether the first input lies in the last columns of the first output, which overwrites it.</summary>
    public bool FromLastColumns { get; init; }

    /// <summary>The part of the function it belongs to, a heading of the generated code (<c>attention</c>, <c>gate</c>); empty where there is one part only.</summary>
    public string Stage { get; init; } = "";

    /// <summary>What a reader of the generated code should know of it beside its equation, or empty.</summary>
    public string Note { get; init; } = "";

    /// <summary>Whether what it makes is kept for backward where that reads it, or computed again.</summary>
    public Recomputation Recomputation { get; init; }

    /// <summary>Everything read, in one sequence.</summary>
    public IEnumerable<Value> Reads => Into is null ? Inputs.Concat(Plus) : Inputs.Concat(Plus).Append(Into);

    /// <summary>A constant by its name.</summary>
    public double this[string attribute] => Attributes.First(candidate => candidate.Name == attribute).Value;

    /// <summary>A whole-number constant by its name.</summary>
    public int Int(string attribute) => (int)this[attribute];

    /// <summary>Whether it is computed in fp32 at least.</summary>
    public bool IsWide => Attributes.Any(attribute => attribute.Name == "wide");

    /// <summary>Whether what it reads is in fp32 at least, so that its gradient must be, too.</summary>
    public bool HasWideInput => Attributes.Any(attribute => attribute.Name == "wide_input");

    /// <summary>The same operation with constants.</summary>
    public Op With(params (string Name, double Value)[] attributes) =>
        this with { Attributes = new(attributes.Select(pair => new OpAttribute(pair.Name, pair.Value)).ToImmutableArray()) };

    /// <summary>The same operation with room of its own.</summary>
    public Op WithWorkspace(params Value[] workspace) => this with { Workspace = new([.. workspace]) };
}

/// <summary>A named constant of an operation.</summary>
internal sealed record OpAttribute(string Name, double Value);

/// <summary>A part of an operation that may be there or not, any number of them, with constants of its own.</summary>
internal sealed record OpPart(string Name, EquatableArray<OpAttribute> Constants)
{
    /// <summary>A constant by its name.</summary>
    public double this[string constant] => Constants.First(candidate => candidate.Name == constant).Value;

    /// <summary>A whole-number constant by its name.</summary>
    public int Int(string constant) => (int)this[constant];
}
