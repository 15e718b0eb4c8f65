using System.Runtime.CompilerServices;

namespace MoeSharp.Runtime;

/// <summary>The checks at a kernel's door: once a call, before any memory is touched.</summary>
internal static class Require
{
    /// <summary>The matrix has exactly this shape and consecutive columns.</summary>
    public static void Shape<T>(
        string kernel,
        Matrix<T> matrix,
        int rows,
        int columns,
        [CallerArgumentExpression(nameof(matrix))] string name = "",
        [CallerArgumentExpression(nameof(rows))] string rowsName = "",
        [CallerArgumentExpression(nameof(columns))] string columnsName = "")
        where T : unmanaged
    {
        if (matrix.Rows != rows || matrix.Columns != columns)
        {
            throw new ArgumentException(
                $"{kernel}: {name} is [{matrix.Rows}, {matrix.Columns}] but must be [{rows}, {columns}], that is [{rowsName}, {columnsName}].", name);
        }

        RowMajor(kernel, matrix, name);
    }

    /// <summary>Consecutive elements of a row are consecutive in memory.</summary>
    public static void RowMajor<T>(string kernel, Matrix<T> matrix, [CallerArgumentExpression(nameof(matrix))] string name = "")
        where T : unmanaged
    {
        if (matrix.ColumnStride != 1 && matrix.Columns > 1)
        {
            throw new ArgumentException(
                $"{kernel}: {name} [{matrix.Rows}, {matrix.Columns}] has column stride {matrix.ColumnStride}; the kernel reads row-major memory (stride 1). Copy it first.",
                name);
        }
    }
}
