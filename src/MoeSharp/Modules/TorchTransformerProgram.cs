using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>The part of a model's lowering to TorchSharp's operations that is the same for all.</summary>
public abstract class TorchTransformerProgram(FlatModule module) : TransformerProgram
{
    private Tensor Weights => module.Parameters.Weights;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor weights, Tensor ids, PassSettings settings, List<Tensor>? saved) =>
        Logits(new TorchPass(module, settings, weights.device), new TorchView(weights, module.Parameters.Table), ids, saved);

    /// <inheritdoc/>
    public override void Backward(Tensor weights, Tensor ids, PassSettings settings, IReadOnlyList<Tensor> saved, Tensor dLogits, Tensor gradient) => Backward(
        new TorchPass(module, settings, weights.device),
        new TorchView(weights, module.Parameters.Table),
        new TorchView(gradient, module.Parameters.Table),
        new SavedTensors(saved),
        dLogits);

    /// <inheritdoc/>
    public override StepResult Step(ReadOnlySpan<int> windows, int batch, double lossScale, double auxiliaryScale)
    {
        var (ids, targets, settings) = Split(windows, batch);
        settings = module.Drawing(settings with { Training = true, AuxiliaryScale = auxiliaryScale });
        var before = module.BalanceLoss;
        var saved = new List<Tensor>();
        var logits = Forward(Weights, ids, settings, saved);
        var (loss, dLogits, counted) = CrossEntropyOf(logits, targets, lossScale);
        Backward(Weights, ids, settings, saved, dLogits, module.Parameters.Gradient);
        return new StepResult(loss, counted, module.BalanceLoss - before);
    }

    /// <inheritdoc/>
    internal override PassSums Count(ReadOnlySpan<int> windows, int batch, RoutingLog log, ulong key)
    {
        var (ids, _, settings) = Split(windows, batch);
        settings = settings with { Training = true, Log = log, RandomKey = key };
        Forward(Weights, ids, settings, saved: null);
        return settings.Sums;
    }

    /// <inheritdoc/>
    public override StepResult Evaluate(ReadOnlySpan<int> windows, int batch, ReadOnlySpan<int> counted)
    {
        var (ids, targets, settings) = Split(windows, batch);
        for (var row = 0; row < counted.Length; row++)
        {
            using var leftOut = targets.narrow(0, (long)row * settings.Sequence, settings.Sequence - counted[row]);
            leftOut.fill_(Scalars.Of(CrossEntropy.IgnoreIndex));
        }

        var (loss, _, predicted) = CrossEntropyOf(Forward(Weights, ids, settings, saved: null), targets, 1);
        return new StepResult(loss, predicted, 0);
    }

    /// <inheritdoc/>
    public override KeyValueCache NewCache(int sequences, int context) => new TorchKeyValueCache(sequences, context);

    /// <inheritdoc/>
    public override void Next(ReadOnlySpan<int> ids, KeyValueCache cache, Span<double> logits)
    {
        using var scope = NewDisposeScope();
        var sequences = cache.Chosen.Length;
        var tokens = ids.Length / sequences;
        var pass = new TorchPass(module, new PassSettings(ids.Length, tokens, Training: false), Weights.device) { Cache = (TorchKeyValueCache)cache };
        var weights = new TorchView(Weights, module.Parameters.Table);
        var last = Forward(pass, weights, Ids([.. ids]), saved: null).view(sequences, tokens, -1).select(1, tokens - 1);
        var scores = Head(pass, weights, last, saved: null);
        cache.Advance(tokens);
        scores.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray().CopyTo(logits);
    }

    /// <inheritdoc/>
    public override int? FirstNonFinite(ReadOnlySpan<int> windows, int batch)
    {
        var (ids, _, settings) = Split(windows, batch);
        var pass = new TorchPass(module, settings, Weights.device) { Residuals = [] };
        var logits = Logits(pass, new TorchView(Weights, module.Parameters.Table), ids, saved: null);
        var layer = pass.Residuals.FindIndex(residual => !IsFinite(residual));
        return layer >= 0 ? layer - 1 : IsFinite(logits) ? null : pass.Residuals.Count - 1;
    }

    /// <summary>The generated forward up to the last layer: the residual stream.</summary>
    protected abstract Tensor Forward(TorchPass pass, TorchView weights, Tensor ids, List<Tensor>? saved);

    /// <summary>The generated forward of the head: the logits. In decoding it has only the last token of each sequence.</summary>
    protected abstract Tensor Head(TorchPass pass, TorchView weights, Tensor x, List<Tensor>? saved);

    /// <summary>The generated backward.</summary>
    protected abstract void Backward(TorchPass pass, TorchView weights, TorchView gradient, SavedTensors saved, Tensor dLogits);

    private static (double Loss, Tensor DLogits, int Counted) CrossEntropyOf(Tensor logits, Tensor targets, double scale)
    {
        var counted = targets.ge(Scalars.Of(0)).unsqueeze(-1);
        var safe = targets.unsqueeze(-1) * counted; // a product of whole numbers: clamp_min with a floating 0 would make them floating
        var wide = TorchOps.Wide(logits);
        var logProbabilities = wide.log_softmax(-1);
        var picked = logProbabilities.gather(1, safe).masked_fill(counted.logical_not(), Scalars.Of(0));
        var dLogits = logProbabilities.exp().scatter_add(1, safe, ones_like(picked).neg()) * counted.to(wide.dtype) * Scalars.Of(scale);
        return (
            -picked.sum(ScalarType.Float64).cpu().item<double>(),
            dLogits.to(logits.dtype),
            (int)counted.sum().cpu().item<long>());
    }

    private static bool IsFinite(Tensor tensor) => tensor.isfinite().all().item<bool>();

    private Tensor Logits(TorchPass pass, TorchView weights, Tensor ids, List<Tensor>? saved) => Head(pass, weights, Forward(pass, weights, ids, saved), saved);

    private (Tensor Ids, Tensor Targets, PassSettings Settings) Split(ReadOnlySpan<int> windows, int batch)
    {
        var width = windows.Length / batch;
        var (ids, targets) = (new List<int>(), new List<int>());
        for (var row = 0; row < batch; row++)
        {
            var window = windows.Slice(row * width, width);
            ids.AddRange(window[..^1]);
            targets.AddRange(window[1..]);
        }

        return (Ids(ids), Ids(targets), new PassSettings(ids.Count, width - 1, Training: false));
    }

    private Tensor Ids(IEnumerable<int> ids) => tensor(ids.Select(id => (long)id).ToArray(), device: module.Parameters.Weights.device);
}
