using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary>Several threads may run one module in <c>eval()</c> at a time.</summary>
public class ConcurrentEvalTests
{
    private const int Threads = 4;
    private const int Repeats = 10;

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void EqualsOneAfterTheOther(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var layer = new SigmoidGroups { Lowering = lowering };
        Draw.Fill(layer, 1);
        layer.eval();
        Run(layer, thread => Draw.Normal((ulong)thread + 50, 1, ScalarType.Float32, 1 + thread, 9, 10));
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void OfAModelToo(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var model = new SparseModel { Lowering = lowering };
        Draw.Fill(model, 1);
        model.eval();
        Run(model, thread => arange(8 * (thread + 1), dtype: ScalarType.Int64).remainder(17).view(thread + 1, 8));
    }

    private static void Run(nn.Module<Tensor, Tensor> module, Func<int, Tensor> inputOf)
    {
        var inputs = Enumerable.Range(0, Threads).Select(inputOf).ToArray();
        var expected = inputs.Select(input => Forward(module, input)).ToArray();
        var differences = 0;
        Exception? failure = null;
        var threads = Enumerable.Range(0, Threads).Select(index => new Thread(() =>
        {
            try
            {
                for (var repeat = 0; repeat < Repeats; repeat++)
                {
                    if (!Forward(module, inputs[index]).SequenceEqual(expected[index]))
                    {
                        Interlocked.Increment(ref differences);
                    }
                }
            }
            catch (Exception thrown)
            {
                failure = thrown;
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Null(failure);
        Assert.Equal(0, differences);
    }

    private static byte[] Forward(nn.Module<Tensor, Tensor> module, Tensor input)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return module.forward(input).bytes.ToArray();
    }
}
