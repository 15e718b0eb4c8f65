using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

[Collection("Workers")]
public class ElementwiseTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(17, 3)]
    [InlineData(300, 65)]
    public void SumsAreExact(int rows, int columns)
    {
        using var a = Blocks.Random<float>(rows, columns, 1);
        using var b = Blocks.Random<float>(rows, columns, 2);
        using var y = new Block<float>(rows, columns);
        var expected = a.ToArray().Zip(b.ToArray(), (x, z) => x + z).ToArray();
        Elementwise.Add<float>(Workers.Shared, a, b, y);
        Assert.Equal(expected, y.ToArray());
        Elementwise.AddInto<float>(Workers.Shared, a, b);
        Assert.Equal(expected, b.ToArray());
    }

    [Fact]
    public void ATransposedViewIsRefused()
    {
        using var a = new Block<float>(2, 2);
        Assert.Contains("column stride 5", Assert.Throws<ArgumentException>(() => Elementwise.AddInto(Workers.Shared, a, a.View.Transposed)).Message);
    }
}
