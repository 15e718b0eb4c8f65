namespace MoeSharp.Runtime;

/// <summary>
/// A stretch of a tensor's memory that activations lie in. The compiler gives every activation an offset in elements a token of the batch
/// (each a multiple of 16), so one plan serves every batch: the place begins at offset · tokens.
/// </summary>
/// <typeparam name="T">The program's type.</typeparam>
public readonly unsafe struct Arena<T>
    where T : unmanaged
{
    private readonly T* _pointer;
    private readonly int _tokens;

    /// <summary>Makes an arena over memory that the caller keeps.</summary>
    /// <param name="pointer">Its first element.</param>
    /// <param name="tokens">Tokens of the batch, which offsets are multiplied by.</param>
    public Arena(T* pointer, int tokens)
    {
        _pointer = pointer;
        _tokens = tokens;
    }

    /// <summary>The arena that begins <paramref name="at"/> elements a token further on.</summary>
    public Arena<T> From(long at) => new(_pointer + (nint)(at * _tokens), _tokens);

    /// <summary>The same memory for a batch of other size.</summary>
    internal Arena<T> For(int tokens) => new(_pointer, tokens);

    /// <summary>A matrix of one row a token, <c>[tokens, columns]</c>.</summary>
    public Matrix<T> Matrix(long at, int columns) => Matrix(at, 1, columns);

    /// <summary>A matrix of several rows a token, <c>[rowsPerToken · tokens, columns]</c>.</summary>
    public Matrix<T> Matrix(long at, int rowsPerToken, int columns) => new(_pointer + (nint)(at * _tokens), rowsPerToken * _tokens, columns);

    /// <summary>A matrix of one row a token in a type that is at most as wide; the place is as large as the program's type makes it.</summary>
    public Matrix<TStored> Matrix<TStored>(long at, int columns)
        where TStored : unmanaged => Matrix<TStored>(at, 1, columns);

    /// <summary>A matrix of several rows a token in a type that is at most as wide.</summary>
    public Matrix<TStored> Matrix<TStored>(long at, int rowsPerToken, int columns)
        where TStored : unmanaged => new((TStored*)(_pointer + (nint)(at * _tokens)), rowsPerToken * _tokens, columns);

    /// <summary>One number a token, as a row: <c>[1, tokens]</c>.</summary>
    public Matrix<T> Vector(long at) => PerHead(at, 1);

    /// <summary>One number a head and token, <c>[heads, tokens]</c>.</summary>
    public Matrix<T> PerHead(long at, int heads) => new(_pointer + (nint)(at * _tokens), heads, _tokens);

    /// <summary>Indices, <c>[tokens, columns]</c> of 32 bits each; the place is as large as the program's type makes it.</summary>
    public Matrix<int> Indices(long at, int columns) => new((int*)(_pointer + (nint)(at * _tokens)), _tokens, columns);
}
