using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Bridge;

/// <summary>An exception in a custom backward. TorchSharp itself ends the process there, so these run on TorchBridge alone.</summary>
public class BackwardExceptionTests
{
    [Fact]
    public void ItArrivesAsItIsAndTheTapeWorksOn()
    {
        using var x = ones(1, requires_grad: true);
        using var y = Failing.apply(x).sum();
        Assert.Equal("backward fails", Assert.Throws<ArithmeticException>(() => y.backward()).Message);
        using var z = (x * 2).sum();
        z.backward();
        Assert.Equal(2, x.grad!.item<float>());
    }

    [Fact]
    public void TooManyOrTooFewGradientsAreSaid()
    {
        using var x = ones(1, requires_grad: true);
        using var y = TooFew.apply(x, 1).sum();
        Assert.Contains("expected 2", Assert.Throws<InvalidOperationException>(() => y.backward()).Message);
    }

    [Fact]
    public void AGradientOfTheWrongShapeIsSaid()
    {
        using var x = ones(2, requires_grad: true);
        using var y = WrongShape.apply(x).sum();
        var error = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => y.backward());
        Assert.Contains("shape", error.Message);
    }

    private sealed class Failing : autograd.SingleTensorFunction<Failing>
    {
        public override string Name => nameof(Failing);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0] * 2;

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => throw new ArithmeticException("backward fails");
    }

    private sealed class TooFew : autograd.SingleTensorFunction<TooFew>
    {
        public override string Name => nameof(TooFew);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0] * 2;

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => [grad_output];
    }

    private sealed class WrongShape : autograd.SingleTensorFunction<WrongShape>
    {
        public override string Name => nameof(WrongShape);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) => (Tensor)vars[0] * 2;

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => [ones(3)];
    }
}
