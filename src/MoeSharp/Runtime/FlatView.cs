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
    public Matrix<T> this[string name]
    {
        get
        {
            var info = _layout[name];
            var columns = checked((int)info.Shape[^1]);
            return new Matrix<T>(_pointer + (nint)info.Offset, checked((int)(info.Elements / columns)), columns);
        }
    }
}
