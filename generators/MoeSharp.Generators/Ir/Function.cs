using System.Linq;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Ir;

/// <summary>One stretch of a model, such as a kind of layer: its forward ops, and after Differentiate its backward ops.</summary>
internal sealed record Function
{
    public required string Name { get; init; }

    /// <summary>What it is, in words for the generated code.</summary>
    public required string Summary { get; init; }

    /// <summary>The activation handed in.</summary>
    public required Value Input { get; init; }

    /// <summary>The activation handed back.</summary>
    public required Value Output { get; init; }

    public required EquatableArray<Weight> Weights { get; init; }

    public required EquatableArray<Op> Forward { get; init; }

    /// <summary>Empty before Differentiate.</summary>
    public EquatableArray<Op> Backward { get; init; } = EquatableArray<Op>.Empty;

    /// <summary>The gradient of <see cref="Output"/>, handed in to the backward ops; null before Differentiate.</summary>
    public Value? OutputGradient { get; init; }

    /// <summary>The gradient of <see cref="Input"/>, handed back by them; null where the input carries none (token ids).</summary>
    public Value? InputGradient { get; init; }

    /// <summary>Whether the gradient that goes out is in the memory of the one that came in. Known after Plan, where values that share memory have one name.</summary>
    public bool BackwardIsInPlace => InputGradient is { } inputGradient && inputGradient.Name == OutputGradient?.Name;

    /// <summary>Whether of all that backward reads only the input is kept, and backward begins with <see cref="Recomputed"/>.</summary>
    public bool IsRecomputed { get; init; }

    /// <summary>What backward begins with where the function is recomputed: the forward ops that lead to what backward reads. They share forward's places.</summary>
    public IReadOnlyList<Op> Recomputed => IsRecomputed ? OpCost.LeadingTo(Backward, Forward) : [];

    /// <summary>Where its values live; null before Plan.</summary>
    public BufferPlan? Plan { get; init; }

    /// <summary>How many layers of the model are this function.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>The index of the first of them.</summary>
    public int FirstLayer { get; init; }

    public bool BackwardReadsWeights => Backward.SelectMany(op => op.Reads).Any(value => value.Kind == ValueKind.Weight);

    /// <summary>Whether some of its weights are read in fp32 at least, whatever products read.</summary>
    public bool HasWideWeights => Weights.Any(weight => weight.IsWide);

    public bool Attends => Forward.Any(op => op.Name == OpNames.Attention);

    /// <summary>Whether backward asks which of the layers with a gate it is: the balance losses and jitter do.</summary>
    public bool BackwardKnowsLayer => Backward.Any(op => op.Parts.Count > 0 || op.Name is OpNames.Jitter or OpNames.JitterBackward);

    /// <summary>Whether it is a model's layers: neither its embedding nor its head, nor a layer alone.</summary>
    public bool IsBlock => Name.EndsWith("_block", StringComparison.Ordinal);

    public bool IsRouted => Forward.Any(op => op.Name == OpNames.Route);
}

/// <summary>A model: its functions in the order they run.</summary>
internal sealed record TensorProgram(string Name, EquatableArray<Function> Functions);
