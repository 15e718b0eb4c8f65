using System.Runtime.InteropServices;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Bridge;

/// <summary>The tape and functions with a backward of their own. The numbers are small integers, exact in float32.</summary>
public class AutogradTests
{
    [Fact]
    public void BackwardAccumulatesAndZeroGradClears()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new float[] { 1, 2 }, requires_grad: true);
        (x * x).sum().backward();
        (x * x).sum().backward();
        Equal([4, 8], x.grad);
        x.grad = null;
        Assert.Null(x.grad);
    }

    [Fact]
    public void NoGradRecordsNothingAndRestoresWhatWas()
    {
        using var x = ones(1, requires_grad: true);
        using (no_grad())
        {
            using var y = x * 2;
            Assert.False(y.requires_grad);
            Assert.False(is_grad_enabled());
        }

        Assert.True(is_grad_enabled());
    }

    [Fact]
    public void ASecondBackwardNeedsTheGraph()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        var y = (x * x).sum();
        y.backward(retain_graph: true);
        y.backward();
        Equal([4, 4], x.grad);
        Assert.Contains("second time", Assert.Throws<ExternalException>(() => y.backward()).Message);
    }

    [Fact]
    public void GradReturnsWithoutAccumulating()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new float[] { 3 }, requires_grad: true);
        var gradients = autograd.grad([(x * x).sum()], [x]);
        Equal([6], gradients[0]);
        Assert.Null(x.grad);
    }

    [Fact]
    public void ACustomFunctionGetsTensorsNumbersAndNulls()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new float[] { 1, 2 }, requires_grad: true);
        var b = tensor(new float[] { 3, 4 }, requires_grad: true);
        var y = ScaledProduct.apply(a, 2f, b, null!);
        Equal([6, 16], y);
        y.sum().backward(retain_graph: true);
        y.sum().backward();
        Equal([12, 16], a.grad);
        Equal([4, 8], b.grad);
    }

    [Fact]
    public void AnInputWithoutGradientGetsNone()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new float[] { 1, 2 }, requires_grad: true);
        var b = tensor(new float[] { 3, 4 });
        ScaledProduct.apply(a, 1f, b, null!).sum().backward();
        Equal([3, 4], a.grad);
        Assert.Null(b.grad);
        Assert.False(ScaledProduct.apply(b, 1f, b, null!).requires_grad);
    }

    [Fact]
    public void AnUnusedOutputGetsZeros()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new float[] { 1, 2 }, requires_grad: true);
        var outputs = TwiceAndThrice.apply(x);
        outputs[1].sum().backward();
        Equal([3, 3], x.grad);
    }

    [Fact]
    public void AFunctionAppliedTwiceKeepsItsContextsApart()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new float[] { 1 }, requires_grad: true);
        var b = tensor(new float[] { 5 });
        var c = tensor(new float[] { 7 });
        (ScaledProduct.apply(a, 1f, b, null!) + ScaledProduct.apply(a, 10f, c, null!)).sum().backward();
        Equal([75], a.grad);
    }

    [Fact]
    public void AnExceptionInForwardArrivesAsItIs()
    {
        using var x = ones(1, requires_grad: true);
        Assert.Equal("forward fails", Assert.Throws<ArithmeticException>(() => Failing.apply(x)).Message);
        Assert.True(is_grad_enabled());
    }

    [Fact]
    public void ASavedTensorChangedInPlaceIsNoticed()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        var y = x * 1;
        var z = y * y;
        y.add_(1);
        Assert.Contains("modified by an inplace operation", Assert.Throws<ExternalException>(() => z.sum().backward()).Message);
    }

    private static void Equal(float[] expected, Tensor? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected, actual.data<float>().ToArray());
    }

    // a·k·b for tensors a and b and a number k; the last argument is always null.
    private sealed class ScaledProduct : autograd.SingleTensorFunction<ScaledProduct>
    {
        public override string Name => nameof(ScaledProduct);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            var (a, k, b) = ((Tensor)vars[0], (float)vars[1], (Tensor)vars[2]);
            ctx.save_for_backward([a, b]);
            ctx.save_data("k", k);
            return a * b * k;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
        {
            var saved = ctx.get_saved_variables();
            var k = (float)ctx.get_data("k");
            return [grad_output * saved[1] * k, null!, grad_output * saved[0] * k, null!];
        }
    }

    private sealed class TwiceAndThrice : autograd.MultiTensorFunction<TwiceAndThrice>
    {
        public override string Name => nameof(TwiceAndThrice);

        public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars) => [(Tensor)vars[0] * 2, (Tensor)vars[0] * 3];

        public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs) =>
            [(grad_outputs[0] * 2) + (grad_outputs[1] * 3)];
    }

    private sealed class Failing : autograd.SingleTensorFunction<Failing>
    {
        public override string Name => nameof(Failing);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) =>
            throw new ArithmeticException("forward fails");

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => [grad_output];
    }
}
