using MoeSharp.Modules;
using MoeSharp.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Reference;

/// <summary>
/// Every kind of gate's scores in plain operations under autograd, as its paper writes them. Random numbers are constants of the tape, taken from the
/// generator that the layer will draw from.
/// </summary>
/// <param name="gate">What was declared.</param>
/// <param name="weights">The gate's weights among others.</param>
/// <param name="path">What their names begin with, up to <c>gate.</c></param>
/// <param name="random">A pass's random numbers; null for evaluation.</param>
internal sealed class ReferenceScores(GateSettings gate, IReadOnlyDictionary<string, Tensor> weights, string path, Func<GateStream, GateRandom>? random)
{
    /// <summary>The smallest distance of an expert's greatest sub-score to the next, where they count.</summary>
    public double Margin { get; private set; } = double.PositiveInfinity;

    /// <summary>The scores of all experts, <c>[tokens, N]</c>.</summary>
    public Tensor Of(Tensor u)
    {
        var x = gate.Jitter > 0 ? u * Drawn(GateStream.Jitter, u, (numbers, token, row) => numbers.Factors(token, gate.Jitter, row), empty: 1) : u;
        return gate.Kind switch
        {
            GateKind.Sigmoid => Linear(x, "weight").sigmoid(),
            GateKind.NoisyTopK => Noisy(Linear(x, "weight"), nn.functional.softplus(Linear(x, "noise.weight"))).softmax(-1),
            GateKind.TwoLayer => Hidden(x).softmax(-1),
            GateKind.SubExpert => SubScores(Linear(x, "weight")),
            _ => Linear(x, "weight").softmax(-1),
        };
    }

    private Tensor Hidden(Tensor x)
    {
        var logits = nn.functional.gelu(Linear(x, "fc1.weight")).matmul(weights[path + "fc2.weight"].t());
        return gate.LearnedNoise ? Noisy(logits, weights[path + "noise"]) : logits;
    }

    private Tensor SubScores(Tensor logits)
    {
        var grouped = logits.view(-1, gate.Experts, gate.SubScores);
        var p = gate.OverAllSubScores ? logits.softmax(-1).view(grouped.shape) : grouped.softmax(-1);
        if (gate.MeanOfSubScores)
        {
            return p.mean([-1]);
        }

        var best = p.detach().topk(2, -1).values;
        Margin = (best.select(-1, 0) - best.select(-1, 1)).min().item<double>();
        return p.amax([-1]);
    }

    private Tensor Noisy(Tensor logits, Tensor amplitude) =>
        logits + (Drawn(GateStream.Noise, logits, static (numbers, token, row) => numbers.Normal(token, row), empty: 0) * amplitude);

    private Tensor Linear(Tensor x, string name) => ReferenceFeedForward.Linear(x, weights[path + name]);

    private Tensor Drawn(GateStream stream, Tensor like, RowOf fill, double empty)
    {
        if (random is null)
        {
            return full_like(like.detach(), empty);
        }

        var (numbers, columns) = (random(stream), (int)like.shape[1]);
        var values = new double[like.numel()];
        for (var token = 0; token < like.shape[0]; token++)
        {
            fill(numbers, token, values.AsSpan(token * columns, columns));
        }

        return tensor(values).view(like.shape).to(like.dtype);
    }

    private delegate void RowOf(GateRandom numbers, int token, Span<double> row);
}
