using MoeSharp.Modules;
using MoeSharp.Runtime;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Runtime.Narrow;

/// <summary>Operands stay where they lie if the kernels can read them there; any other is a rounded copy.</summary>
public unsafe class PairOperandTests
{
    [Theory]
    [InlineData(5, 7, false, 0)]
    [InlineData(5, 7, false, 3)]
    [InlineData(6, 7, true, 0)]
    [InlineData(5, 7, true, 3)]
    public void NumbersOfBFloat16AreReadWhereTheyLie(int rows, int columns, bool transposed, int gap)
    {
        using var memory = new GuardedMatrices();
        var matrix = memory.New<BFloat16>(GuardedMatrices.Fractions(rows * columns, 1), rows, columns, transposed, gap);
        using var operand = PairOperand.Of(matrix);
        Assert.True(operand.Matrix.Pointer == matrix.Pointer);
        Assert.Equal((matrix.RowStride, matrix.ColumnStride), (operand.Matrix.RowStride, operand.Matrix.ColumnStride));
    }

    [Theory]
    [InlineData(5, 7, 0)]
    [InlineData(6, 40, 3)]
    public void ATransposedViewAtOddDistancesIsCopied(int rows, int columns, int gap)
    {
        using var memory = new GuardedMatrices();
        var matrix = memory.New<BFloat16>(GuardedMatrices.Fractions(rows * columns, 1), rows, columns, transposed: true, gap);
        Check(matrix, GuardedMatrices.Read(matrix));
        using var operand = PairOperand.Of(matrix);
        Assert.True(operand.Matrix.Pointer != matrix.Pointer);
        Assert.Equal((1, 0), (operand.Matrix.RowStride, operand.Matrix.ColumnStride % 2));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 3)]
    [InlineData(true, 0)]
    [InlineData(true, 3)]
    public void FloatsAreRounded(bool transposed, int gap)
    {
        var random = new Random(1);
        float[] values = [.. Enumerable.Range(0, 33 * 47).Select(_ => (float)random.NextDouble() - 0.5f)];
        using var memory = new GuardedMatrices();
        var expected = Array.ConvertAll(values, value => (float)(BFloat16)value);
        Assert.NotEqual(expected, values);
        Check(memory.New<float>(values, 33, 47, transposed, gap), expected);
    }

    [Fact]
    public void WhatWasWidenedFromALentTensorIsReadThere()
    {
        float[] values = GuardedMatrices.Fractions(6 * 10, 1);
        using var scope = NewDisposeScope();
        using var memory = new GuardedMatrices();
        var widened = memory.New<float>(values, 6, 10);
        var tensor = torch.tensor(values).to(ScalarType.BFloat16);
        var lent = new LentTensor(tensor, keepsViews: false, widened.Pointer);
        using (lent.Lend())
        {
            lent.Retire();
            var part = widened.RowRange(2, 3);
            using var operand = PairOperand.Of(part);
            Assert.True(operand.Matrix.Pointer == TensorMemory.Pointer<BFloat16>(tensor) + 20);
            Assert.Equal(GuardedMatrices.Read(part), GuardedMatrices.Read(operand.Matrix));
        }

        Check(widened, values);
    }

    // Two at once: neither is in the other's memory.
    private static void Check<T>(Matrix<T> matrix, float[] expected)
        where T : unmanaged
    {
        using var operand = PairOperand.Of(matrix);
        using var other = PairOperand.Of(matrix);
        Assert.Equal(expected, GuardedMatrices.Read(operand.Matrix));
        new Span<BFloat16>(other.Matrix.Pointer, 1).Clear();
        Assert.Equal(expected, GuardedMatrices.Read(operand.Matrix));
    }
}
