using System.Runtime.CompilerServices;
using MoeSharp.Modules;

namespace MoeSharp.Runtime;

/// <summary>A flat buffer of weights or gradients, read by the parameters' names.</summary>
/// <typeparam name="T">The buffer's type.</typeparam>
public readonly unsafe struct FlatView<T>
    where T : unmanaged
{
    private readonly T* _pointer;
    private readonly ParameterLayout _layout;

    /// <summary>Makes a view over memory that the caller keeps.</summary>
    public FlatView(T* pointer, ParameterLayout layout)
    {
        _pointer = pointer;
        _layout = layout;
    }

    /// <summary>A parameter as a matrix: a vector is one row, a packed stack <c>[N, rows, columns]</c> is <c>[N · rows, columns]</c>.</summary>
    /// <exception cref="KeyNotFoundException">No parameter has that name.</exception>
    public Matrix<T> this[string name] => At(_layout[name]);

    /// <summary>The same by a name with the layer in it, of which no string is made: a step asks for a hundred, between kernels, while the workers wait.</summary>
    /// <exception cref="KeyNotFoundException">No parameter has that name.</exception>
    public Matrix<T> this[DefaultInterpolatedStringHandler name]
    {
        get
        {
            var info = _layout.Find(name.Text);
            name.Clear();
            return At(info);
        }
    }

    private Matrix<T> At(ParameterInfo info) => new(_pointer + (nint)info.Offset, checked((int)(info.Elements / info.Columns)), checked((int)info.Columns));
}
