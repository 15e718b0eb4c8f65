using System.Runtime.InteropServices;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Bridge;

/// <summary>
/// Operators against numbers worked by hand. Values that are exact in binary are compared exactly, others to 1e-6 (float32 rounds at 6e-8).
/// </summary>
public class OperatorTests
{
    private static readonly long[] TwoByTwo = [2, 2];

    [Fact]
    public void ProductsAndSumsHaveTheirValues()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new float[] { 1, 2, 3, 4 }, TwoByTwo);
        var b = tensor(new float[] { 0, 1, 1, 0 }, TwoByTwo);
        Equal([2, 1, 4, 3], a.mm(b));
        Equal([2, 1, 4, 3], a.matmul(b));
        Equal([1, 3, 4, 4], a + b);
        Equal([1, 1, 2, 4], a - b);
        Equal([0, 2, 3, 0], a * b);
        Equal([9, 8, 7, 6], 10 - a);
        Equal([4, 2, 4f / 3, 1], 4 / a);
        Equal([4, 6], a.sum(dim: 0)); // a bare 0 would be ScalarType.Byte, here as in TorchSharp
        Equal([1.5f, 3.5f], a.mean([1L]));
        Equal([3, 5, 7, 9], torch.addmm(ones(2, 2), a, eye(2), 1f, 2f));
        Equal([14, 32], einsum("ij,j->i", tensor(new float[] { 1, 2, 3, 4, 5, 6 }, [2, 3]), tensor(new float[] { 1, 2, 3 })));
        Assert.Equal(10, a.sum().item<float>());
        Assert.Equal(4, a.max().ToSingle());
        Assert.Equal(Math.Sqrt(30), a.norm().ToDouble(), 1e-6);
    }

    [Fact]
    public void AddmmInPlaceWithBetaZeroIgnoresWhatWasThere()
    {
        using var scope = NewDisposeScope();
        var target = full(2, 2, float.NaN);
        target.addmm_(tensor(new float[] { 1, 2, 3, 4 }, TwoByTwo), eye(2), beta: 0f, alpha: 1f);
        Equal([1, 2, 3, 4], target);
    }

    [Fact]
    public void ScaledAddsUseAlpha()
    {
        using var scope = NewDisposeScope();
        var a = ones(2);
        Equal([7, 7], a.add(full(2, 3f), alpha: 2));
        a.add_(full(2, 3f), alpha: -1);
        Equal([-2, -2], a);
        Equal([2, 2], a.neg().mul_(2).div_(2).sub_(0));
    }

    [Fact]
    public void OrderAndCountAreRight()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new float[] { 3, 1, 2, 1 });
        var (values, places) = a.sort(descending: true, stable: true);
        Equal([3, 2, 1, 1], values);
        Assert.Equal([0L, 2, 1, 3], places.data<long>().ToArray());
        var (top, which) = a.topk(2);
        Equal([3, 2], top);
        Assert.Equal([0L, 2], which.data<long>().ToArray());
        Assert.Equal([0L, 2, 1], tensor(new long[] { 1, 1, 2 }).bincount(null).data<long>().ToArray());
        Assert.Equal([1L, 0, 0, 1], nn.functional.one_hot(tensor(new long[] { 0, 1 }), 2).data<long>().ToArray());
        Equal([3, 4, 6, 7], a.cumsum(0));
    }

    [Fact]
    public void GatherScatterAndIndexAdd()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new float[] { 1, 2, 3, 4 }, TwoByTwo);
        Equal([2, 3], a.gather(1, tensor(new long[] { 1, 0 }, [2, 1])));
        Equal([3, 4, 1, 2], a.index_select(0, tensor(new long[] { 1, 0 })));
        var sums = zeros(2, 2);
        sums.index_add_(0, tensor(new long[] { 1, 1 }), a, 2);
        Equal([0, 0, 8, 12], sums);
        Equal([0, 5, 0], zeros(3).scatter_add_(0, tensor(new long[] { 1, 1 }), tensor(new float[] { 2, 3 })));
    }

    [Fact]
    public void IndexExpressionsReadAndWrite()
    {
        using var scope = NewDisposeScope();
        var a = arange(0, 6, float32).view(2, 3);
        Equal([3, 4, 5], a[1]);
        Assert.Equal(5, a[1, 2].item<float>());
        Equal([1, 4], a[.., 1]);
        Equal([1, 2, 4, 5], a[TensorIndex.Ellipsis, 1..]);
        Equal([2, 5], a[TensorIndex.Colon, ^1]);
        Assert.Equal([1L, 2, 3], a[TensorIndex.None, TensorIndex.Ellipsis].shape);
        Equal([4, 5], a[a > 3]);
        a[0, 0] = 9f;
        a[1, 1..] = zeros(2);
        Equal([9, 1, 2, 3, 0, 0], a);
    }

    [Fact]
    public void ElementTypesAndDefaults()
    {
        Assert.Equal(float32, zeros(1).dtype);
        Assert.Equal(int64, arange(3).dtype);
        Assert.Equal(float32, arange(0, 1, 0.5).dtype);
        Assert.Equal(float64, tensor(1.0).dtype);
        Assert.Equal(float32, tensor(1f).dtype);
        Assert.Equal(int32, tensor(1).dtype);
        Assert.Equal(ScalarType.Bool, tensor(true).dtype);
        Assert.Equal(bfloat16, ones(1).to(bfloat16).dtype);
        Assert.Equal(2, ones(1, dtype: bfloat16).element_size());
        Assert.Equal(int64, full([], 3).dtype);
        Assert.Equal(float32, full([], 3.0).dtype);
    }

    [Fact]
    public void TheSameSeedGivesTheSameNumbers()
    {
        manual_seed(5);
        using var first = randn(4);
        manual_seed(5);
        using var second = randn(4);
        using var generator = new Generator(7);
        using var third = rand(4, generator: generator);
        generator.manual_seed(7);
        using var fourth = rand(4, generator: generator);
        Assert.Equal(first.data<float>().ToArray(), second.data<float>().ToArray());
        Assert.Equal(third.data<float>().ToArray(), fourth.data<float>().ToArray());
        Assert.NotEqual(first.data<float>().ToArray(), third.data<float>().ToArray());
    }

    [Fact]
    public void AFailureCarriesLibtorchsWords()
    {
        using var a = ones(2, 2);
        using var b = ones(3, 3);
        var error = Assert.Throws<ExternalException>(() => a.mm(b));
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x2 and 3x3)", error.Message);
        Assert.Equal(4, a.sum().item<float>()); // and the next call works
    }

    [Fact]
    public void TypeMismatchesAreSaid()
    {
        using var a = ones(2);
        Assert.Throws<ArgumentException>(() => a.data<double>());
        Assert.Throws<ArgumentException>(() => a.item<float>());
    }

    [Fact]
    public unsafe void BytesAreTheTensorsOwnMemory()
    {
        using var a = zeros(2);
        MemoryMarshal.Cast<byte, float>(a.bytes)[1] = 3;
        fixed (byte* pointer = a.bytes) ((float*)pointer)[0] = 2;
        Equal([2, 3], a);
        using var transposed = ones(2, 3).t();
        Assert.Throws<InvalidOperationException>(() => transposed.bytes.Length);
    }

    [Fact]
    public void ViewsShareMemoryAndAccessorsFollowStrides()
    {
        using var scope = NewDisposeScope();
        var a = arange(0, 6, float32).view(2, 3);
        a.select(0, 1).zero_();
        Equal([0, 1, 2, 0, 0, 0], a);
        Assert.Equal([0f, 0, 1, 0, 2, 0], a.t().data<float>().ToArray());
        Assert.Equal([1L, 3], a.t().stride());
        Assert.Equal(3, a[1].storage_offset());
    }

    [Fact]
    public void TorchScriptRunsFromSource()
    {
        using var unit = jit.compile("def scaled(x, k: float):\n    return x * k\ndef two(x):\n    return x + 1, x - 1\n");
        using var x = ones(2);
        Equal([3, 3], (Tensor)unit.invoke("scaled", x, 3.0)!);
        var (up, down) = unit.invoke<(Tensor, Tensor)>("two", x);
        Equal([2, 2], up);
        Equal([0, 0], down);
        Assert.Throws<ExternalException>(() => jit.compile("def broken(:"));
    }

    private static void Equal(float[] expected, Tensor actual)
    {
        var found = actual.data<float>().ToArray();
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < found.Length; i++) Assert.Equal(expected[i], found[i], 1e-6f);
    }
}
