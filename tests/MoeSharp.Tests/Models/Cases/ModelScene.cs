using MoeSharp.Modules;
using MoeSharp.Tests.Models.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Cases;

/// <summary>A model with weights and windows for which no choice is near to turning over, and the reference's results in float64.</summary>
internal sealed class ModelScene : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    private ModelScene(ModelCase modelCase, ScalarType type, Lowering lowering, ulong seed, int batch, int sequence, bool ignoreSome)
    {
        Model = modelCase.Create();
        Model.to(type);
        Model.Lowering = lowering;
        Draw.Fill(Model, seed);
        (Batch, Sequence) = (batch, sequence);
        var random = new Random((int)seed);
        Windows = [.. Enumerable.Range(0, batch * (sequence + 1)).Select(_ => random.Next(modelCase.Settings.Vocab))];
        for (var row = 0; ignoreSome && row < batch; row += 2)
        {
            // The last id of a window is only a target.
            Windows[(row * (sequence + 1)) + sequence] = -100;
        }

        var rows = Windows.Select(id => (long)id).Chunk(sequence + 1).ToArray();
        Ids = tensor(rows.SelectMany(row => row[..^1]).ToArray()).view(batch, sequence);
        Targets = tensor(rows.SelectMany(row => row[1..]).ToArray());
        Leaves = Draw.Leaves(Model);
        (ReferenceLogits, Gates) = new ReferenceTransformer(modelCase.Settings, Leaves).Forward(Ids.view(-1), sequence);
    }

    public TransformerModule Model { get; }

    public int Batch { get; }

    public int Sequence { get; }

    public int[] Windows { get; }

    public Tensor Ids { get; }

    public Tensor Targets { get; }

    public Dictionary<string, Tensor> Leaves { get; }

    public Tensor ReferenceLogits { get; }

    public IReadOnlyList<ReferenceOutput> Gates { get; }

    public double Margin => Gates.Select(gate => gate.Margin).DefaultIfEmpty(double.PositiveInfinity).Min();

    /// <summary>The sum of the reference's balance losses.</summary>
    public Tensor ReferenceBalance => Gates.Aggregate(zeros(1, dtype: ScalarType.Float64).sum(), (sum, gate) => sum + gate.BalanceLoss);

    public static ModelScene Make(string name, ScalarType type, Lowering lowering, int batch = 2, int sequence = 5, bool ignoreSome = false)
    {
        for (ulong seed = 1; seed <= 300; seed++)
        {
            var scene = new ModelScene(ModelCase.All[name], type, lowering, seed, batch, sequence, ignoreSome);
            if (scene.Margin >= Draw.Margin)
            {
                return scene;
            }

            scene.Dispose();
        }

        Assert.Fail($"No seed from 1 to 300 keeps {name}'s choices {Draw.Margin} apart.");
        return null!;
    }

    /// <summary><c>lossScale·Σ CE + auxiliaryScale·Σ balance</c> and its gradients; the sum of the cross-entropy.</summary>
    public double ReferenceBackward(double lossScale, double auxiliaryScale)
    {
        var loss = ReferenceTransformer.CrossEntropy(ReferenceLogits, Targets);
        ((loss * lossScale) + (ReferenceBalance * auxiliaryScale)).backward();
        return loss.item<double>();
    }

    public void Dispose()
    {
        Model.Dispose();
        _scope.Dispose();
    }
}
