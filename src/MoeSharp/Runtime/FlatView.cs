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
    public Matrix<T> this[string name] => At(_layout[name].Place);

    /// <summary>The same for a parameter of a layer, of whose name no string is made.</summary>
    /// <exception cref="KeyNotFoundException">No parameter has that name.</exception>
    public Matrix<T> this[LayerParameterName name] => At(_layout.PlaceOf(name));

    private Matrix<T> At(ParameterPlace place) => new(_pointer + (nint)place.Offset, place.Rows, place.Columns);
}
