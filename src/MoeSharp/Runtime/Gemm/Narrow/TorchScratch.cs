using MoeSharp.Modules;
using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>
/// A thread's bfloat16 tensors for the operands and the result of one product: they grow to what the largest product needed. Shapes come again and again,
/// so views are kept by shape.
/// </summary>
internal sealed unsafe class TorchScratch
{
    // More shapes than a model has: somebody multiplies anything by anything, and the views would only pile up.
    private const int MostViews = 2048;

    [ThreadStatic]
    private static TorchScratch[]? t_mine;

    private readonly Dictionary<(int Rows, int Columns, bool Transposed), Tensor> _views = [];
    private Tensor? _storage;
    private BFloat16* _first;
    private long _length;

    private TorchScratch()
    {
    }

    /// <summary>What a tensor is for: tensors of different use are in use at the same time.</summary>
    public enum Use
    {
        /// <summary>The left operand.</summary>
        Left,

        /// <summary>The right operand.</summary>
        Right,

        /// <summary>The result.</summary>
        Result,
    }

    /// <summary>The calling thread's.</summary>
    public static TorchScratch Mine(Use use) => (t_mine ??= [new(), new(), new()])[(int)use];

    /// <summary>Row-major room, its contents undefined, and the tensor over it, or over its transposed view.</summary>
    public (Matrix<BFloat16> Room, Tensor Tensor) Take(int rows, int columns, bool transposed)
    {
        if (_storage is null || _length < (long)rows * columns)
        {
            Clear();
            _storage?.Dispose();
            _length = (long)rows * columns;
            _storage = empty(_length, dtype: ScalarType.BFloat16).DetachFromDisposeScope();
            _first = TensorMemory.Pointer<BFloat16>(_storage);
        }

        if (!_views.TryGetValue((rows, columns, transposed), out var view))
        {
            if (_views.Count == MostViews)
            {
                Clear();
            }

            view = transposed
                ? _storage.as_strided([columns, rows], [1, columns])
                : _storage.as_strided([rows, columns], [columns, 1]);
            _views.Add((rows, columns, transposed), view.DetachFromDisposeScope());
        }

        return (new Matrix<BFloat16>(_first, rows, columns), view);
    }

    private void Clear()
    {
        foreach (var view in _views.Values)
        {
            view.Dispose();
        }

        _views.Clear();
    }
}
