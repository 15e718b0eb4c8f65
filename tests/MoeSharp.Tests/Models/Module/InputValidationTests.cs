using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary>What does not fit is refused in forward, in words: in backward an exception would end the process.</summary>
public class InputValidationTests
{
    [Fact]
    public void TheWidth() => RefusedByLayer(zeros(2, 3, 7), "SoftmaxRaw takes [B, S, 8] or [T, 8], and was given [2, 3, 7].");

    [Fact]
    public void TheDimensions() => RefusedByLayer(zeros(8), "SoftmaxRaw takes [B, S, 8] or [T, 8], and was given [8].");

    [Fact]
    public void TheType() => RefusedByLayer(zeros(2, 8, dtype: ScalarType.Float64), "SoftmaxRaw is Float32 on cpu, and its input is Float64 on cpu. Move one of them with to().");

    [Fact]
    public void TheMask()
    {
        using var scope = NewDisposeScope();
        using var layer = new SoftmaxRaw();
        var shape = Assert.Throws<ArgumentException>(() => layer.forward(zeros(2, 3, 8), zeros(3, 2, dtype: ScalarType.Bool)));
        Assert.Contains("The mask is Bool [3, 2]; for an input of [2, 3, 8] it must be Bool [2, 3]", shape.Message, StringComparison.Ordinal);
        var type = Assert.Throws<ArgumentException>(() => layer.forward(zeros(2, 3, 8), ones(2, 3)));
        Assert.Contains("The mask is Float32", type.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoTokensAreNoError()
    {
        using var scope = NewDisposeScope();
        using var layer = new SigmoidGroups();
        var input = zeros(0, 4, 10).requires_grad_(true);
        var output = layer.forward(input);
        Assert.Equal([0, 4, 10], output.shape);
        output.sum().backward();
    }

    [Theory]
    [InlineData(11, "run from 0 to 11; SoftmaxModel knows 0 to 10.")]
    [InlineData(-1, "run from -1 to 2; SoftmaxModel knows 0 to 10.")]
    public void IdsOutOfRange(long id, string message) => RefusedByModel(tensor(new[] { 0L, 2L, id }), message);

    [Fact]
    public void TheTypeOfIds() => RefusedByModel(zeros(2, 3), "takes token ids, Int64 [B, S] or [S] with S from 1 to 6, and was given Float32 [2, 3].");

    [Fact]
    public void TheContext() => RefusedByModel(zeros(2, 7, dtype: ScalarType.Int64), "with S from 1 to 6, and was given Int64 [2, 7].");

    [Theory]
    [InlineData(new[] { 1, 2, 3 }, 2, "3 ids are no 2 windows of 2 to 7 ids each")]
    [InlineData(new[] { 1, 2, 3, 4, 5, 6, 7, 8 }, 1, "8 ids are no 1 windows of 2 to 7 ids each")]
    [InlineData(new[] { 1, 2, 11, 4 }, 2, "Token id 11 at place 0 of window 1 is outside of the vocabulary, 0 to 10.")]
    [InlineData(new[] { 1, -100, 3, 4 }, 1, "Token id -100 at place 1 of window 0")]
    public void Windows(int[] windows, int batch, string message)
    {
        using var model = new SoftmaxModel();
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => model.Step(windows, batch, 1, 1)).Message, StringComparison.Ordinal);
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => model.Evaluate(windows, batch)).Message, StringComparison.Ordinal);
    }

    private static void RefusedByLayer(Tensor input, string message)
    {
        using var layer = new SoftmaxRaw();
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => layer.forward(input)).Message, StringComparison.Ordinal);
        Assert.True(is_grad_enabled());
        input.Dispose();
    }

    private static void RefusedByModel(Tensor input, string message)
    {
        using var model = new SoftmaxModel();
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => model.forward(input)).Message, StringComparison.Ordinal);
        input.Dispose();
    }
}
