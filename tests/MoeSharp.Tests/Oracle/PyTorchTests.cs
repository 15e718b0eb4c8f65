using MoeSharp.Modules;
using MoeSharp.Tests.Data;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using Xunit;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Oracle;

/// <summary>
/// That a declared model is what its words say: its <c>config.json</c> and weights, read by an independent implementation in PyTorch (<c>model.py</c>,
/// beside this), give the same logits, losses, counts and gradients.
/// </summary>
public class PyTorchTests(ITestOutputHelper output)
{
    /// <summary>Both sides compute in float64, whose rounding, over sums of a few dozen terms, stays far below; a word read otherwise is far above.</summary>
    private const double Tolerance = 1e-9;

    private static readonly string s_script = Path.Combine(AppContext.BaseDirectory, "Oracle", "model.py");

    private static readonly Dictionary<string, Func<TransformerModule>> s_models = new()
    {
        [nameof(DenseModel)] = () => new DenseModel(),
        [nameof(SparseModel)] = () => new SparseModel(),
        [nameof(SoftmaxModel)] = () => new SoftmaxModel(),
        [nameof(GroupedSoftmaxModel)] = () => new GroupedSoftmaxModel(),
        [nameof(UnbiasedSigmoidModel)] = () => new UnbiasedSigmoidModel(),
        [nameof(BiasedSoftmaxModel)] = () => new BiasedSoftmaxModel(),
    };

    public static TheoryData<string> Names => [.. s_models.Keys];

    [PyTorchTheory]
    [MemberData(nameof(Names))]
    public void GivesTheSameNumbers(string name)
    {
        using var directory = new TemporaryDirectory();
        var scenes = OracleScene.Write(directory.Path, s_models[name]);
        Python.Run([s_script, .. scenes.Select(scene => scene.Directory)]);
        foreach (var scene in scenes)
        {
            foreach (var lowering in new[] { Lowering.Kernels, Lowering.Torch })
            {
                using var scope = NewDisposeScope();
                var (reference, mine) = (scene.Reference(), scene.Results(lowering));
                Assert.Equal(reference.Keys.Order(StringComparer.Ordinal), mine.Keys.Order(StringComparer.Ordinal));
                var where = $"{name}, {Path.GetFileName(scene.Directory)} weights, {lowering}";
                var distances = mine.Select(result => (What: result.Key, Distance: Compare.Distance(result.Value, reference[result.Key]))).ToArray();
                foreach (var (result, distance) in distances)
                {
                    Assert.True(distance <= Tolerance, $"{where}: ‖a − b‖/‖b‖ of {result} is {distance:e2}, more than {Tolerance:e0}.");
                }

                var (what, largest) = distances.MaxBy(row => row.Distance);
                output.WriteLine($"{where}: at most {largest:e1}, in {what}");
            }
        }
    }

    /// <summary>The scenes' biases are no ornament: without them other experts are chosen. Needs no Python.</summary>
    [Theory]
    [InlineData(nameof(SparseModel))]
    [InlineData(nameof(BiasedSoftmaxModel))]
    public void BiasesChangeTheChoice(string name)
    {
        using var directory = new TemporaryDirectory();
        var scenes = OracleScene.Write(directory.Path, s_models[name]);
        Assert.All(scenes[1..], scene => Assert.NotEqual(scene.Counts(withBias: false), scene.Counts(withBias: true)));
    }
}
