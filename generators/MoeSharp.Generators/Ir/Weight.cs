using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Ir;

/// <summary>How a weight starts.</summary>
internal enum Initial
{
    /// <summary>N(0, 0.02).</summary>
    Normal,

    /// <summary>All ones: the scale of a norm.</summary>
    Ones,

    /// <summary>All zeros.</summary>
    Zeros,
}

/// <summary>A weight of a function: one parameter of the module for every layer the function stands for.</summary>
/// <param name="Path">Its name below the layer's prefix (<c>self_attn.qkv_proj.weight</c>), which is the parameter's name in the module.</param>
/// <param name="Value">The value that stands for it in the function.</param>
/// <param name="Initial">How it starts; what starts at one, and vectors, are not decayed.</param>
internal sealed record Weight(string Path, Value Value, Initial Initial)
{
    /// <summary>The Hugging Face tensors packed in it, one after the other by rows; empty where its own name is Hugging Face's.</summary>
    public EquatableArray<Slice> Slices { get; init; } = EquatableArray<Slice>.Empty;
}

/// <summary>Some rows of a packed weight under their Hugging Face name; <c>{0}</c> in it stands for the expert.</summary>
internal sealed record Slice(string Path, int Rows);
