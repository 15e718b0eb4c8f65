using System.Numerics;
using MoeSharp.Runtime;
using MoeSharp.Tests.Runtime.Kernels;
using Xunit;

namespace MoeSharp.Tests.Runtime;

/// <summary>The two products of a linear layer's backward side by side: the bits of one after the other, whoever works.</summary>
[Collection("Workers")]
public sealed class LinearTests : IDisposable
{
    private readonly int _count = Workers.Shared.Count;

    // Tokens, the width of y, that of x: one task each; a few tokens; pieces of the depth for dW (long sums, a small result), for both, for neither; odd sizes.
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 },
        { 3, 40, 70 },
        { 8, 96, 64 },
        { 130, 37, 51 },
        { 512, 192, 128 },
        { 2048, 16, 128 },
        { 2048, 128, 96 },
        { 800, 800, 9 },
        { 300, 700, 520 },
        { 1031, 770, 130 },
    };

    public void Dispose() => Workers.Shared.Count = _count;

    [Theory]
    [MemberData(nameof(Shapes))]
    public void TheBitsAreThoseOfTwoProductsInFloat(int tokens, int m, int n) => Compare<float, float>(tokens, m, n);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void TheBitsAreThoseOfTwoProductsInDouble(int tokens, int m, int n) => Compare<double, double>(tokens, m, n);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void TheBitsAreThoseOfTwoProductsInBFloat16(int tokens, int m, int n) => Compare<float, BFloat16>(tokens, m, n);

    // The router of a model in bfloat16: products in float, the weight and its gradient narrower.
    [Fact]
    public unsafe void WhatIsOfAnotherTypeThanTheProductIsWidened()
    {
        const int Tokens = 600, M = 16, N = 48;
        using var operands = new GemmOperands<float>(Tokens, N, M, transposeA: false, transposeB: false, seed: 3);
        var (x, expectedX, dX) = (operands.New(Tokens, N), operands.New(Tokens, N), operands.New(Tokens, N));
        BFloat16[] narrow = [.. GemmOperands<float>.Read(operands.B).Select(value => (BFloat16)value)];
        var (expected, actual) = ((BFloat16[])narrow.Clone(), (BFloat16[])narrow.Clone());
        fixed (BFloat16* w = narrow, dW = actual, expectedW = expected)
        {
            Gemm<float>.Multiply(Workers.Shared, operands.A.Transposed, x, new Matrix<BFloat16>(expectedW, M, N), accumulate: true);
            Gemm<float>.Multiply(Workers.Shared, operands.A, new Matrix<BFloat16>(w, M, N), expectedX);
            Linear<float>.Backward(Workers.Shared, operands.A, x, new Matrix<BFloat16>(w, M, N), new Matrix<BFloat16>(dW, M, N), dX);
        }

        Assert.NotEqual(narrow, actual);
        Assert.Equal(expected, actual);
        Assert.Equal(GemmOperands<float>.Read(expectedX), GemmOperands<float>.Read(dX));
    }

    [Fact]
    public void ShapesThatDoNotFitAreNamed()
    {
        using var operands = new GemmOperands<float>(6, 5, 4, transposeA: false, transposeB: false, seed: 1);
        var refused = Assert.Throws<ArgumentException>(
            () => Linear<float>.Backward(Workers.Shared, operands.A, operands.New(6, 7), operands.B, operands.New(4, 5), operands.C));
        Assert.Contains("[4, 6]·[6, 7] -> [4, 5]", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 16)]
    [InlineData(16, 8)]
    [InlineData(1, 5)]
    [InlineData(7, 7)]
    [InlineData(0, 3)]
    [InlineData(3, 0)]
    public void EveryTaskOfBothListsRunsOnceAndInStep(int first, int second)
    {
        Workers.Shared.Count = 1;
        var (ones, others) = (new List<int>(), new List<int>());
        var apart = 0;
        void Add(List<int> list, int task)
        {
            list.Add(task);
            apart = Math.Max(apart, Math.Abs((ones.Count * second) - (others.Count * first)));
        }

        SideBySide.Run(Workers.Shared, first, task => Add(ones, task), second, task => Add(others, task));

        Assert.Equal(Enumerable.Range(0, first), ones);
        Assert.Equal(Enumerable.Range(0, second), others);

        // Neither list is ahead of the other by more than one task of the shorter.
        Assert.InRange(apart, 0, Math.Max(first, second));
    }

    // A thread that finds no task left may come while another is still at its last; the rest is done by whoever comes after that.
    [Theory]
    [InlineData(1, 8, 16)]
    [InlineData(2, 8, 16)]
    [InlineData(5, 16, 8)]
    [InlineData(2, 1, 0)]
    [InlineData(2, 0, 1)]
    public void SomeoneTurnsToTheRestAfterTheLastTask(int workers, int first, int second)
    {
        Workers.Shared.Count = workers;
        for (var repeat = 0; repeat < 200; repeat++)
        {
            var (done, afterAll) = (0, 0);
            void Task(int task)
            {
                Thread.SpinWait(task * 10);
                Interlocked.Increment(ref done);
            }

            SideBySide.Run(Workers.Shared, first, Task, second, Task, () =>
            {
                if (Volatile.Read(ref done) == first + second)
                {
                    Interlocked.Increment(ref afterAll);
                }
            });

            Assert.InRange(afterAll, 1, workers);
        }
    }

    private static void Compare<T, TProduct>(int tokens, int m, int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TProduct : unmanaged
    {
        foreach (var accumulate in new[] { false, true })
        {
            using var operands = new GemmOperands<T>(tokens, n, m, transposeA: false, transposeB: false, seed: tokens + m + n, gap: 3);
            var (dY, w, x) = (operands.A, operands.B, operands.New(tokens, n, gap: 5));
            var (startW, startX) = (operands.New(m, n), operands.New(tokens, n));
            var (expectedW, expectedX) = (operands.New(m, n), operands.New(tokens, n));
            Workers.Shared.Count = 1;
            Begin(startW, expectedW);
            Begin(startX, expectedX);
            Gemm<TProduct>.Multiply(Workers.Shared, dY.Transposed, x, expectedW, accumulate: true);
            Gemm<TProduct>.Multiply(Workers.Shared, dY, w, expectedX, accumulate);
            foreach (var workers in new[] { 1, 2, 3, 5 })
            {
                Workers.Shared.Count = workers;
                var (dW, dX) = (operands.New(m, n), operands.New(tokens, n));
                Begin(startW, dW);
                Begin(startX, dX);
                Linear<TProduct>.Backward(Workers.Shared, dY, x, w, dW, dX, accumulate);
                Assert.Equal(GemmOperands<T>.Read(expectedW), GemmOperands<T>.Read(dW));
                Assert.Equal(GemmOperands<T>.Read(expectedX), GemmOperands<T>.Read(dX));
            }
        }
    }

    private static void Begin<T>(Matrix<T> from, Matrix<T> to)
        where T : unmanaged
    {
        for (var row = 0; row < from.Rows; row++)
        {
            from.Row(row).CopyTo(to.Row(row));
        }
    }
}
