using System.Diagnostics;
using System.Globalization;
using ApiDocs;
using MoeSharp.Benchmarks.Declared;
using MoeSharp.Modules;
using MoeSharp.Training;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>The whole training step of the example's model: forward, backward, clipping, AdamW, the balance bias.</summary>
internal sealed class StepRun : IDisposable
{
    private readonly TransformerModule _model;
    private readonly Optimizer _optimizer;
    private readonly int[] _windows;

    /// <summary>Makes model, optimiser and a batch of random bytes.</summary>
    /// <param name="variant">The example's model, or another class with its attributes and one more.</param>
    /// <exception cref="InvalidOperationException">The example's model is another by now.</exception>
    public StepRun(StepVariant variant = StepVariant.Declared)
    {
        _model = variant switch
        {
            StepVariant.Activations => new RecomputedActivations(),
            StepVariant.Block => new RecomputedBlocks(),
            StepVariant.BFloat16 => new MixedPrecision(),
            _ => new ApiDocsModel(),
        };
        if (!_model.Description.Config.SequenceEqual(ApiDocsModel.Declared.Config))
        {
            throw new InvalidOperationException($"{_model.Description.Name} has other attributes than {nameof(ApiDocsModel)}: they are to differ in one word alone, of [Recompute] or [Train].");
        }

        _optimizer = new Optimizer(_model, new AdamWSettings { LearningRate = 1e-4 });
        _windows = new int[Batch * (_model.Description.Context + 1)];
        var random = new Random(1);
        for (var i = 0; i < _windows.Length; i++)
        {
            _windows[i] = random.Next(_model.Description.Vocab);
        }
    }

    /// <summary>Sequences a step.</summary>
    public static int Batch => 8;

    /// <summary>Tokens a step.</summary>
    public static int Tokens => Batch * ApiDocsModel.Declared.Context;

    /// <summary>FLOPs a step.</summary>
    public static double Flops => (double)Tokens * ApiDocsModel.Card.FlopsPerToken;

    /// <summary>Bytes of the gradient and the two moments.</summary>
    public static long StateBytes => ApiDocsModel.Card.GradientBytes + ApiDocsModel.Card.OptimizerBytes;

    /// <summary>Bytes that the passes between a step's products read and write; see <see cref="StepTraffic"/>.</summary>
    public static long TrafficBytes
    {
        get
        {
            var config = ApiDocsModel.Declared.Config.ToDictionary(entry => entry.Key, entry => entry.Value);
            int Of(string name) => Convert.ToInt32(config[name], CultureInfo.InvariantCulture);
            var hidden = Of("moe_intermediate_size");
            var traffic = new StepTraffic(
                Of("vocab_size"), Of("hidden_size"), Of("num_hidden_layers"), Of("first_k_dense_replace"),
                Of("num_attention_heads"), Of("num_key_value_heads"), Of("head_dim"), Of("intermediate_size"),
                Of("n_routed_experts"), Of("num_experts_per_tok"), Of("n_shared_experts") * hidden, hidden);
            return traffic.Bytes(Tokens, ApiDocsModel.Card.WeightBytes / sizeof(float));
        }
    }

    /// <summary>What the peer is asked.</summary>
    public static Dictionary<string, object> Request
    {
        get
        {
            var declared = ApiDocsModel.Declared.Config.ToDictionary(entry => entry.Key, entry => entry.Value);
            var model = new Dictionary<string, object>
            {
                ["vocab"] = declared["vocab_size"],
                ["dim"] = declared["hidden_size"],
                ["layers"] = declared["num_hidden_layers"],
                ["dense_layers"] = declared["first_k_dense_replace"],
                ["dense_hidden"] = declared["intermediate_size"],
                ["context"] = declared["max_position_embeddings"],
                ["heads"] = declared["num_attention_heads"],
                ["kv_heads"] = declared["num_key_value_heads"],
                ["experts"] = declared["n_routed_experts"],
                ["active"] = declared["num_experts_per_tok"],
                ["shared"] = declared["n_shared_experts"],
                ["hidden"] = declared["moe_intermediate_size"],
                ["groups"] = declared["n_group"],
                ["top_groups"] = declared["topk_group"],
                ["scale"] = declared["routed_scaling_factor"],
            };
            return new Dictionary<string, object> { ["model"] = System.Text.Json.JsonSerializer.Serialize(model), ["batch"] = Batch };
        }
    }

    /// <summary>Seconds of one step.</summary>
    public double Seconds()
    {
        var watch = Stopwatch.StartNew();
        _model.Step(_windows, Batch, 1.0 / Tokens, 1);
        _optimizer.Step(1e-4, Optimizer.ClipScale(_optimizer.GradientNorm(), 1));
        _model.UpdateBalance();
        return watch.Elapsed.TotalSeconds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _model.Dispose();
    }
}
