using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Bridge;

/// <summary>Who owns a tensor, and what happens when it is gone.</summary>
public class LifetimeTests
{
    [Fact]
    public void DisposingTwiceIsFineAndUsingAfterwardsIsSaid()
    {
        var x = ones(2);
        x.Dispose();
        x.Dispose();
        Assert.True(x.IsInvalid);
        Assert.Contains("invalid", Assert.Throws<InvalidOperationException>(() => x.sum()).Message);
        Assert.Throws<InvalidOperationException>(() => x.shape);
    }

    [Fact]
    public void AScopeDisposesWhatWasMadeInIt()
    {
        Tensor inner, kept, detached;
        using (var outer = NewDisposeScope())
        {
            using (var scope = NewDisposeScope())
            {
                inner = ones(1);
                kept = ones(1).MoveToOuterDisposeScope();
                detached = ones(1).DetachFromDisposeScope();
                Assert.Equal(1, scope.DisposablesCount);
                Assert.True(scope.Contains(inner));
            }

            Assert.True(inner.IsInvalid);
            Assert.False(kept.IsInvalid);
            Assert.Same(outer, CurrentDisposeScope);
        }

        Assert.True(kept.IsInvalid);
        Assert.False(detached.IsInvalid);
        detached.Dispose();
    }

    [Fact]
    public void ScopesBelongToTheirThread()
    {
        using var scope = NewDisposeScope();
        Tensor? other = null;
        var thread = new Thread(() => other = ones(1));
        thread.Start();
        thread.Join();
        Assert.False(scope.Contains(other!));
        other!.Dispose();
    }

    [Fact]
    public void GradModeBelongsToItsThread()
    {
        using var noGrad = no_grad();
        var enabled = false;
        var thread = new Thread(() => enabled = is_grad_enabled());
        thread.Start();
        thread.Join();
        Assert.True(enabled);
        Assert.False(is_grad_enabled());
    }

    [Fact]
    public void ForgottenTensorsAreCollectedWhileThreadsWork()
    {
        var sums = new double[4];
        Parallel.For(0, sums.Length, worker =>
        {
            for (var i = 0; i < 500; i++)
            {
                var x = ones(8);
                var y = x + worker;
                sums[worker] += y.sum().ToDouble();
                if (i % 100 == 0) GC.Collect(0);
            }
        });
        GC.Collect();
        GC.WaitForPendingFinalizers();
        for (var worker = 0; worker < sums.Length; worker++) Assert.Equal(500 * 8 * (1 + worker), sums[worker]);
    }

    [Fact]
    public void ForgottenGraphsOfCustomFunctionsAreCollected()
    {
        for (var i = 0; i < 200; i++)
        {
            var x = ones(4, requires_grad: true);
            var y = Doubled.apply(x);
            if (i % 2 == 0) y.sum().backward();
            if (i % 50 == 0) GC.Collect();
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var again = ones(1, requires_grad: true);
        Doubled.apply(again).sum().backward();
        Assert.Equal(2, again.grad!.item<float>());
    }

    [Fact]
    public void ThreadsAreCountedAndSet()
    {
        var before = get_num_threads();
        set_num_threads(1);
        Assert.Equal(1, get_num_threads());
        set_num_threads(before);
    }

    private sealed class Doubled : autograd.SingleTensorFunction<Doubled>
    {
        public override string Name => nameof(Doubled);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_for_backward([(Tensor)vars[0]]);
            return (Tensor)vars[0] * 2;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => [grad_output * 2 * ctx.get_saved_variables()[0]];
    }
}
