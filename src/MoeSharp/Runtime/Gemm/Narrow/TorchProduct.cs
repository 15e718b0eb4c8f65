using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>
/// A product in bfloat16 on one thread, by libtorch (oneDNN: AMX or AVX-512 where there is one), sums in fp32. .NET has no such instructions. Weights
/// are multiplied where they lie, and so is what was widened from a lent tensor; any other operand is rounded into the thread's scratch first, which is small
/// beside the product.
/// </summary>
/// <remarks>
/// oneDNN compiles a kernel a shape and keeps 1024 of them. Rows of activations come in any number, so they are rounded up to some: the rows added are
/// zero, and what they give is thrown away. A row added costs as much as any other, and an expert has about a hundred: the steps there are a few rows.
/// </remarks>
internal static unsafe class TorchProduct
{
    private const int LargestOfTorch = 16 * 16 * 16;

    // oneDNN writes a wide result in strips of columns, and what is not in cache is read before it is written: a wide gradient of a weight is the
    // quicker by way of scratch, from where whole lines go past the cache. A narrow result is written row by row, and best where it lies.
    private const int WidestInPlace = 256;

    /// <summary>The number of rows that are multiplied where there are <paramref name="rows"/>: steps of 4 up to 128, of 8 up to 256, of 32, of 64, then of 256.</summary>
    public static int Padded(int rows)
    {
        var step = rows <= 128 ? 4 : rows <= 256 ? 8 : rows <= 512 ? 32 : rows <= 1024 ? 64 : 256;
        return checked((rows + step - 1) / step * step);
    }

    /// <summary>c = a·b, or c += a·b; no extent is zero.</summary>
    public static void Compute<TA, TB, TC>(Matrix<TA> a, Matrix<TB> b, Matrix<TC> c, bool accumulate)
        where TA : unmanaged
        where TB : unmanaged
        where TC : unmanaged
    {
        TorchThreads.SetWorker();

        // Rows of activations are the rows of a, or, in a weight's gradient, what is summed over: the rows of b and of a transposed.
        var sumsOverRows = a.ColumnStride != 1;
        var rows = sumsOverRows ? c.Rows : Padded(AtLeast(c.Rows, a.Columns, c.Columns));
        var depth = sumsOverRows ? Padded(AtLeast(a.Columns, c.Rows, c.Columns)) : a.Columns;

        using var left = Operand.Of(a, rows, depth, TorchScratch.Use.Left);
        using var right = Operand.Of(b, depth, c.Columns, TorchScratch.Use.Right);
        var streams = sumsOverRows && !accumulate && c.Columns > WidestInPlace && Stored.CanStream(c);
        if (typeof(TC) == typeof(BFloat16) && rows == c.Rows && !streams && Operand.InPlace(c) is { } place)
        {
            using var target = place;
            Multiply(target.Tensor, left.Tensor, right.Tensor, accumulate);
            return;
        }

        var (room, result) = TorchScratch.Mine(TorchScratch.Use.Result).Take(rows, c.Columns, transposed: false);
        Multiply(result, left.Tensor, right.Tensor, accumulate: false);
        if (streams)
        {
            Stored.Stream((ushort*)room.Pointer, (ushort*)c.Pointer, (nint)c.Rows * c.Columns);
            return;
        }

        for (var row = 0; row < c.Rows; row++)
        {
            var from = room.Pointer + (row * room.RowStride);
            var to = c.Pointer + (row * c.RowStride);
            if (accumulate)
            {
                Stored.Add<float, BFloat16, TC>(from, to, c.Columns);
            }
            else
            {
                Stored.Copy(from, to, c.Columns);
            }
        }
    }

    // libtorch multiplies the smallest matrices by itself, and sums in bfloat16: a few rows more, and it is oneDNN that does.
    private static int AtLeast(int rows, int depth, int columns) =>
        (long)Padded(rows) * depth * columns > LargestOfTorch ? rows : checked((int)(LargestOfTorch / ((long)depth * columns)) + 1);

    // The result of an in-place operation is never used: it is another handle in some versions.
    private static void Multiply(Tensor c, Tensor a, Tensor b, bool accumulate)
    {
        var began = ProductClock.Begin();
        c.addmm_(a, b, beta: accumulate ? 1f : 0f, alpha: 1f);
        ProductClock.End(began);
    }

    /// <summary>An operand as a tensor, to be let go of after the product.</summary>
    private readonly struct Operand(Tensor tensor, bool isOurs) : IDisposable
    {
        public Tensor Tensor => tensor;

        /// <summary>A view of the tensor that has a matrix's numbers, if it is lent.</summary>
        public static Operand? InPlace<T>(Matrix<T> matrix)
            where T : unmanaged =>
            LentTensor.Find(matrix.Pointer) is { } lent ? new Operand(lent.View(matrix), !lent.KeepsViews) : null;

        /// <summary>A matrix as a tensor of the given size, zero beyond the matrix.</summary>
        public static Operand Of<T>(Matrix<T> matrix, int rows, int columns, TorchScratch.Use use)
            where T : unmanaged
        {
            if (rows == matrix.Rows && columns == matrix.Columns && InPlace(matrix) is { } lent)
            {
                return lent;
            }

            var turned = matrix.ColumnStride != 1;
            var source = turned ? matrix.Transposed : matrix;
            var (height, width) = turned ? (columns, rows) : (rows, columns);
            var (room, tensor) = TorchScratch.Mine(use).Take(height, width, turned);
            for (var row = 0; row < source.Rows; row++)
            {
                Stored.Copy(source.Pointer + (row * source.RowStride), room.Pointer + (row * room.RowStride), source.Columns);
                room.Row(row)[source.Columns..].Clear();
            }

            room.RowRange(source.Rows, height - source.Rows).Clear();
            return new Operand(tensor, false);
        }

        public void Dispose()
        {
            if (isOurs)
            {
                tensor.Dispose();
            }
        }
    }
}
