using System.Globalization;
using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Oracle;

/// <summary>A model's weights and a batch of windows, in the directory that <c>model.py</c> reads them from and writes its results to.</summary>
internal sealed class OracleScene
{
    private readonly Func<TransformerModule> _create;
    private readonly int[] _windows;
    private readonly int _batch;

    private OracleScene(string directory, Func<TransformerModule> create, int[] windows, int batch) =>
        (Directory, _create, _windows, _batch) = (directory, create, windows, batch);

    public string Directory { get; }

    /// <summary>
    /// One long sequence at the weights a model starts with; three after eight steps of training; two, one of them without its last target, at
    /// weights that tell experts apart.
    /// </summary>
    public static OracleScene[] Write(string directory, Func<TransformerModule> create)
    {
        using var scope = NewDisposeScope();
        var context = create().Description.Context;
        return
        [
            Write(Path.Combine(directory, "initial"), create, 1, context, false, _ => { }),
            Write(Path.Combine(directory, "trained"), create, 3, context - 2, false, Train),
            Write(Path.Combine(directory, "wide"), create, 2, context - 1, true, model => Draw.Fill(model, 5)),
        ];
    }

    /// <summary>The results of Python: logits, losses, counts and gradients by name.</summary>
    public Dictionary<string, Tensor> Reference() => SafeTensors.Load(Path.Combine(Directory, "reference.safetensors"));

    /// <summary>The same results of a lowering, from the weights in the file.</summary>
    public Dictionary<string, Tensor> Results(Lowering lowering)
    {
        using var model = Load(lowering);
        var rows = _windows.Select(id => (long)id).Chunk(_windows.Length / _batch).ToArray();
        var targets = rows.Sum(row => row[1..].Count(id => id >= 0));

        using (no_grad())
        {
            var ids = tensor(rows.SelectMany(row => row[..^1]).ToArray()).view(_batch, -1);
            model.eval();
            var logits = model.forward(ids).view(-1, model.Description.Vocab);
            model.train();
            var step = model.Step(_windows, _batch, lossScale: 1.0 / targets, auxiliaryScale: 1);
            var results = new Dictionary<string, Tensor>
            {
                ["logits"] = logits,
                ["loss"] = tensor(step.Loss, ScalarType.Float64),
                ["balance_loss"] = tensor(step.BalanceLoss, ScalarType.Float64),
            };
            foreach (var load in model.Loads)
            {
                results[$"model.layers.{load.Layer}.mlp.gate.counts"] = tensor(load.Counts.ToArray()).to(ScalarType.Float64);
            }

            foreach (var (info, entry) in model.Parameters.Layout.SelectMany(info => info.State, (info, entry) => (info, entry)))
            {
                var elements = entry.Shape.Aggregate(1L, (product, size) => product * size);
                results[entry.Name] = model.Parameters.GradientOf(info.Name).view(-1).narrow(0, entry.Offset, elements).view([.. entry.Shape]).clone();
            }

            return results;
        }
    }

    /// <summary>The tokens each expert gets, layer by layer, with the balance biases or without.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Counts(bool withBias)
    {
        using var model = Load(Lowering.Kernels);
        using var noGrad = no_grad();
        foreach (var (_, bias) in model.named_buffers().Where(_ => !withBias))
        {
            bias.zero_();
        }

        model.Step(_windows, _batch, 1, 1);
        return [.. model.Loads.Select(load => load.Counts)];
    }

    private static OracleScene Write(string directory, Func<TransformerModule> create, int batch, int sequence, bool ignoreLast, Action<TransformerModule> prepare)
    {
        using var model = create();
        model.to(ScalarType.Float64);
        model.Initialize(3);
        prepare(model);
        var windows = Windows(new Random(7), model.Description.Vocab, batch * (sequence + 1));
        windows[^1] = ignoreLast ? -100 : windows[^1];

        System.IO.Directory.CreateDirectory(directory);
        RunConfig.Write(directory, model.Description, "float64", model.Description.Recipe, null);
        SafeTensors.Save(Path.Combine(directory, "model.safetensors"), model.state_dict());
        var lines = windows.Chunk(sequence + 1).Select(row => string.Join(' ', row.Select(id => id.ToString(CultureInfo.InvariantCulture))));
        File.WriteAllLines(Path.Combine(directory, "windows.txt"), lines);
        return new OracleScene(directory, create, windows, batch);
    }

    /// <summary>Eight steps as the trainer takes them, at a rate high enough to leave the start behind.</summary>
    private static void Train(TransformerModule model)
    {
        const int Batch = 2;
        using var optimizer = new Optimizer(model, new AdamWSettings());
        var random = new Random(11);
        for (var step = 0; step < 8; step++)
        {
            var windows = Windows(random, model.Description.Vocab, Batch * (model.Description.Context + 1));
            model.Step(windows, Batch, 1.0 / (Batch * model.Description.Context), 1);
            optimizer.Step(0.02);
            model.UpdateBalance();
        }
    }

    private static int[] Windows(Random random, int vocab, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(vocab))];

    private TransformerModule Load(Lowering lowering)
    {
        var model = _create();
        model.to(ScalarType.Float64);
        model.Lowering = lowering;
        model.load_state_dict(SafeTensors.Load(Path.Combine(Directory, "model.safetensors")));
        return model;
    }
}
