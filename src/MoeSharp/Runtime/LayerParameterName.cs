using System.Globalization;
using System.Runtime.CompilerServices;

namespace MoeSharp.Runtime;

/// <summary>The name of a layer's parameter as generated code writes it, <c>$"model.layers.{layer}.self_attn.o_proj.weight"</c>: its parts, of which no string is made.</summary>
[InterpolatedStringHandler]
public ref struct LayerParameterName
{
    private bool _hasLayer;

    /// <summary>Called by the compiler.</summary>
    /// <param name="literalLength">Characters of the literals.</param>
    /// <param name="formattedCount">Places for values.</param>
    /// <exception cref="ArgumentException">The name has not one number in it, the layer's.</exception>
    public LayerParameterName(int literalLength, int formattedCount)
    {
        if (formattedCount != 1)
        {
            throw new ArgumentException($"The name of a layer's parameter has one number in it, the layer's, and not {formattedCount}; {literalLength} characters are around.");
        }
    }

    /// <summary>The literal before the layer.</summary>
    internal string Before { get; private set; } = string.Empty;

    /// <summary>The literal after it.</summary>
    internal string After { get; private set; } = string.Empty;

    /// <summary>The layer.</summary>
    internal int Layer { get; private set; }

    /// <summary>Called by the compiler.</summary>
    /// <param name="text">What stands before the layer, or after it.</param>
    public void AppendLiteral(string text)
    {
        if (_hasLayer)
        {
            After = text;
        }
        else
        {
            Before = text;
        }
    }

    /// <summary>Called by the compiler.</summary>
    /// <param name="layer">The layer.</param>
    public void AppendFormatted(int layer) => (Layer, _hasLayer) = (layer, true);

    /// <inheritdoc/>
    public override readonly string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Before}{Layer}{After}");
}
