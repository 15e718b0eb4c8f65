using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Ir;

/// <summary>How a weight starts.</summary>
internal enum Initial
{
    /// <summary>N(0, 0.02).</summary>
    Normal,

    /// <summary>All ones: the scale of a norm.</summary>
    Ones,

    /// <summary>All zeros: a bias, a gate that begins without an opinion.</summary>
    Zeros,
}

/// <summary>A weight of a function: one parameter of the module for every layer the function stands for.</summary>
/// <param name="Path">Its name below the layer's prefix (<c>self_attn.qkv_proj.weight</c>), which is the parameter's name in the module.</param>
/// <param name="Value">The value that stands for it in the function.</param>
/// <param name="Initial">How it starts.</param>
internal sealed record Weight(string Path, Value Value, Initial Initial)
{
    /// <summary>Whether its first dimension is the routed experts.</summary>
    public bool IsPerExpert { get; init; }

    /// <summary>
    /// Whether it is read in fp32 at least, as are the gates and the norms: where products read a rounded copy of the weights, this one is read from the
    /// weights that the optimiser keeps.
    /// </summary>
    public bool IsWide { get; init; }

    /// <summary>Whether it stands in products: a matrix or a stack of them, and no vector, nor a vector an expert.</summary>
    public bool IsMatrix => Value.Shape.Dims.Count > (IsPerExpert ? 2 : 1);

    /// <summary>The Hugging Face tensors packed in it, one after the other by rows; empty where its own name is Hugging Face's.</summary>
    public EquatableArray<Slice> Slices { get; init; } = EquatableArray<Slice>.Empty;
}

/// <summary>Some rows of a packed weight under their Hugging Face name; <c>{0}</c> in it stands for the expert.</summary>
internal sealed record Slice(string Path, int Rows);
