using System.Numerics;
using System.Runtime.InteropServices;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime;

/// <summary>Random operands of a product, and what it should come to. Memory lasts as long as the object.</summary>
internal sealed unsafe class GemmOperands<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<nint> _memory = [];
    private readonly Random _random;

    /// <summary>Operands of [m, k]·[k, n]; <paramref name="gap"/> elements lie between the rows of each, so every view is a submatrix.</summary>
    public GemmOperands(int m, int n, int k, bool transposeA, bool transposeB, int seed, int gap = 0)
    {
        _random = new Random(seed);
        A = transposeA ? New(k, m, gap).Transposed : New(m, k, gap);
        B = transposeB ? New(n, k, gap).Transposed : New(k, n, gap);
        C = New(m, n, gap);
    }

    public Matrix<T> A { get; }

    public Matrix<T> B { get; }

    /// <summary>The result, full of random numbers to begin with.</summary>
    public Matrix<T> C { get; }

    /// <summary>A row-major matrix of numbers from −1 to 1, some elements off any alignment, NaN in the gaps: reading one shows.</summary>
    public Matrix<T> New(int rows, int columns, int gap = 0)
    {
        var offset = gap % 7;
        var count = offset + (rows * (columns + gap)) + 1;
        var memory = (T*)NativeMemory.Alloc((nuint)count, (nuint)sizeof(T));
        _memory.Add((nint)memory);
        new Span<T>(memory, count).Fill(T.NaN);
        var matrix = new Matrix<T>(memory + offset, rows, columns, columns + gap);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                matrix[row, column] = T.CreateChecked((2 * _random.NextDouble()) - 1);
            }
        }

        return matrix;
    }

    /// <summary>The elements of a row-major view, row by row.</summary>
    public static T[] Read(Matrix<T> matrix)
    {
        var values = new T[matrix.Rows * matrix.Columns];
        for (var row = 0; row < matrix.Rows; row++)
        {
            matrix.Row(row).CopyTo(values.AsSpan(row * matrix.Columns));
        }

        return values;
    }

    /// <summary>
    /// Holds <see cref="C"/> against compensated sums of exact products, good to double precision. A sum of k products in any order is
    /// within k·ε·Σ|a||b| of the exact one (Higham, Accuracy and Stability of Numerical Algorithms, §3.1); what was in c counts as one more
    /// product, and one ε more covers adding it.
    /// </summary>
    public void CheckResult(T[]? before = null)
    {
        var epsilon = typeof(T) == typeof(float) ? Math.Pow(2, -24) : Math.Pow(2, -53);
        for (var row = 0; row < C.Rows; row++)
        {
            for (var column = 0; column < C.Columns; column++)
            {
                var start = before is null ? 0 : double.CreateChecked(before[(row * C.Columns) + column]);
                var (sum, lost, magnitude) = (start, 0.0, Math.Abs(start));
                for (var step = 0; step < A.Columns; step++)
                {
                    var (a, b) = (double.CreateChecked(A[row, step]), double.CreateChecked(B[step, column]));
                    var product = a * b;
                    var next = sum + product;
                    lost += Math.Abs(sum) >= Math.Abs(product) ? sum - next + product : product - next + sum;
                    lost += Math.FusedMultiplyAdd(a, b, -product);
                    sum = next;
                    magnitude += Math.Abs(product);
                }

                var error = Math.Abs(double.CreateChecked(C[row, column]) - (sum + lost));
                var tolerance = (A.Columns + 2) * epsilon * magnitude;
                Assert.True(error <= tolerance, $"[{row}, {column}] of [{A.Rows}, {A.Columns}]·[{B.Rows}, {B.Columns}] is off by {error}, more than {tolerance}.");
            }
        }
    }

    /// <summary>The gaps between the rows of <see cref="C"/> must still hold what they held.</summary>
    public void CheckGaps()
    {
        for (var row = 0; row < C.Rows; row++)
        {
            for (var column = C.Columns; column < C.RowStride; column++)
            {
                Assert.True(T.IsNaN(C.Pointer[(row * C.RowStride) + column]), $"Row {row} was written past its end.");
            }
        }
    }

    public void Dispose()
    {
        foreach (var memory in _memory)
        {
            NativeMemory.Free((void*)memory);
        }
    }
}
