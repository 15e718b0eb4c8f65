using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models;

/// <summary>A compiled step is the same, bit for bit, at any number of workers.</summary>
[Collection("Workers")]
public class WorkerCountTests
{
    [Theory]
    [MemberData(nameof(ModelCase.Names), MemberType = typeof(ModelCase))]
    public void StepsAreTheSame(string name)
    {
        var count = Workers.Shared.Count;
        try
        {
            var expected = Step(name, workers: 1);
            foreach (var workers in new[] { 2, 3 })
            {
                var (result, gradient) = Step(name, workers);
                Assert.Equal(expected.Result, result);
                Assert.Equal(expected.Gradient, gradient);
            }
        }
        finally
        {
            Workers.Shared.Count = count;
        }
    }

    private static (StepResult Result, byte[] Gradient) Step(string name, int workers)
    {
        Workers.Shared.Count = workers;
        using var model = ModelCase.All[name].Create();
        Draw.Fill(model, 7);
        var (random, vocab) = (new Random(8), ModelCase.All[name].Settings.Vocab);

        // Enough rows that every kernel cuts its work into several tasks.
        int[] windows = [.. Enumerable.Range(0, 64 * 7).Select(_ => random.Next(vocab))];
        var result = model.Step(windows, 64, 0.01, 1);
        return (result, model.Parameters.Gradient.bytes.ToArray());
    }
}
