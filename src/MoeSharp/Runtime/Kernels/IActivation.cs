using System.Numerics;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>A function of one number, in lanes of float or double: what <see cref="Activation{TFunction}"/> is compiled for.</summary>
public interface IActivation
{
    /// <summary>The function.</summary>
    static abstract Vector512<T> Value<T>(Vector512<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>The function, the same bits as <see cref="Value"/>, and its derivative.</summary>
    static abstract (Vector512<T> Value, Vector512<T> Slope) ValueAndSlope<T>(Vector512<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
