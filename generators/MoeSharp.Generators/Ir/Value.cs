namespace MoeSharp.Generators.Ir;

/// <summary>What a value holds.</summary>
internal enum ElementType
{
    /// <summary>The program's floating-point type.</summary>
    Real,

    /// <summary>In the type of the weights, which may be narrower: what only products read, and the pointwise kernels between them.</summary>
    Operand,

    /// <summary>32-bit indices: token ids, chosen experts.</summary>
    Index,
}

/// <summary>Where a value comes from.</summary>
internal enum ValueKind
{
    /// <summary>Handed in by the caller.</summary>
    Input,

    /// <summary>A weight: a view of the flat parameter buffer.</summary>
    Weight,

    /// <summary>A weight's gradient: a view of the flat gradient buffer, always added to.</summary>
    WeightGradient,

    /// <summary>Made by an op.</summary>
    Result,
}

/// <summary>A tensor in a function, assigned once. Names are unique in a function.</summary>
internal sealed record Value(string Name, Shape Shape, ValueKind Kind = ValueKind.Result, ElementType Type = ElementType.Real)
{
    public override string ToString() => Name;
}
