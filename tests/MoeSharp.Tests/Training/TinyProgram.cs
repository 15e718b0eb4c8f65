using MoeSharp.Modules;
using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Training;

/// <summary>The bigram model's step, by hand.</summary>
internal sealed class TinyProgram(TinyModel model) : TransformerProgram
{
    private const int Vocab = TinyModel.Vocabulary;

    private int _steps;

    public override StepResult Step(ReadOnlySpan<int> windows, int batch, double lossScale, double auxiliaryScale)
    {
        if (++_steps == model.BreakAt)
        {
            TinyModel.Memory(model.Parameters.Weights).Fill(float.NaN);
        }

        return new StepResult(Walk(windows, batch, (float)lossScale, train: true), windows.Length - batch, 0.25);
    }

    public override StepResult Evaluate(ReadOnlySpan<int> windows, int batch, ReadOnlySpan<int> counted) =>
        new(Walk(windows, batch, 0, train: false, counted), windows.Length - batch, 0);

    public override KeyValueCache NewCache(int sequences, int context) => new Lengths(sequences, context);

    public override void Next(ReadOnlySpan<int> ids, KeyValueCache cache, Span<double> logits)
    {
        // Letters only, so that a sample has as many characters as bytes.
        var row = TinyModel.Memory(model.Parameters.Weights).Slice(ids[^1] * Vocab, Vocab);
        for (var i = 0; i < Vocab; i++)
        {
            logits[i] = i is >= 'a' and <= 'z' ? row[i] : -1e9;
        }

        cache.Advance(ids.Length);
    }

    public override void Reserve(int batch, int sequence)
    {
        if (batch > TinyModel.LargestBatch)
        {
            throw new InsufficientMemoryException();
        }
    }

    public override int? FirstNonFinite(ReadOnlySpan<int> windows, int batch) => 1;

    public override Tensor Forward(Tensor weights, Tensor ids, PassSettings settings, List<Tensor>? saved) => throw new NotSupportedException();

    public override void Backward(Tensor weights, Tensor ids, PassSettings settings, IReadOnlyList<Tensor> saved, Tensor dLogits, Tensor gradient) => throw new NotSupportedException();

    private double Walk(ReadOnlySpan<int> windows, int batch, float scale, bool train, ReadOnlySpan<int> counted = default)
    {
        var length = windows.Length / batch;
        var sum = 0.0;
        for (var i = 0; i < windows.Length; i++)
        {
            var (window, target) = (i / length, i % length);
            if (target < length - 1 && (counted.IsEmpty || target >= length - 1 - counted[window]))
            {
                sum += Token(windows[i], windows[i + 1], scale, train);
            }
        }

        return sum;
    }

    private double Token(int previous, int next, float scale, bool train)
    {
        var weights = TinyModel.Memory(model.Parameters.Weights);
        var row = weights.Slice(previous * Vocab, Vocab);
        var norm = weights[(Vocab * Vocab)..];
        Span<double> exponentials = stackalloc double[Vocab];
        var sum = 0.0;
        for (var i = 0; i < Vocab; i++)
        {
            sum += exponentials[i] = Math.Exp(row[i] + norm[i]);
        }

        if (train)
        {
            Learn(exponentials, sum, previous, next, scale);
        }

        return Math.Log(sum / exponentials[next]);
    }

    private void Learn(ReadOnlySpan<double> exponentials, double sum, int previous, int next, float scale)
    {
        Span<long> counts = stackalloc long[TinyModel.Experts];
        counts[previous % TinyModel.Experts] = 1;
        model.Routing.Add(0, counts);
        var gradient = TinyModel.Memory(model.Parameters.Gradient);
        for (var i = 0; i < Vocab; i++)
        {
            var slope = scale * (float)((exponentials[i] / sum) - (i == next ? 1 : 0));
            gradient[(previous * Vocab) + i] += slope;
            gradient[(Vocab * Vocab) + i] += slope;
        }
    }

    /// <summary>A bigram remembers nothing.</summary>
    private sealed class Lengths(int sequences, int context) : KeyValueCache(sequences, context)
    {
        protected override void Dispose(bool disposing)
        {
        }
    }
}
