using System.Runtime.CompilerServices;

namespace MoeSharp.Runtime;

/// <summary>
/// A view of a run of elements that somebody else owns, as <see cref="Matrix{T}"/> is of a block: all the parameters of a model in one buffer,
/// or all their gradients. Its length is a <see cref="nint"/>, because a model has more elements than an <see cref="int"/> counts.
/// </summary>
/// <remarks>The view does not keep its memory alive: whoever makes one keeps the tensor for as long as it is used.</remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly unsafe struct FlatSpan<T>
    where T : unmanaged
{
    /// <summary>Makes a view.</summary>
    /// <param name="pointer">The first element.</param>
    /// <param name="length">Number of elements.</param>
    public FlatSpan(T* pointer, nint length)
    {
        Pointer = pointer;
        Length = length;
    }

    /// <summary>The first element.</summary>
    public T* Pointer { get; }

    /// <summary>Number of elements.</summary>
    public nint Length { get; }

    /// <summary>One element.</summary>
    public ref T this[nint index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Pointer[index];
    }

    /// <summary>The elements from <paramref name="first"/> on, <paramref name="count"/> of them.</summary>
    public FlatSpan<T> Slice(nint first, nint count) => new(Pointer + first, count);

    /// <summary>The elements from <paramref name="first"/> on as a row-major matrix without gaps.</summary>
    public Matrix<T> Matrix(nint first, int rows, int columns) => new(Pointer + first, rows, columns);
}
