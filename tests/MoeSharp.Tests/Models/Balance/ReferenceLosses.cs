using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Balance;

/// <summary>The balance losses of the papers in plain operations under autograd, over the tokens they are given: counts detached, scores on the tape.</summary>
/// <param name="Logits">The router's, <c>[tokens, N]</c>.</param>
/// <param name="Shares">Scores that sum to one, <c>[tokens, N]</c>.</param>
/// <param name="Weights">Routing weights, <c>[tokens, K]</c>.</param>
/// <param name="Chosen">The experts, <c>[tokens, K]</c>.</param>
internal sealed record ReferenceLosses(Tensor Logits, Tensor Shares, Tensor Weights, Tensor Chosen)
{
    private int Experts => (int)Shares.shape[1];

    private int Active => (int)Chosen.shape[1];

    /// <summary><c>N/divisor·Σ_i (c_i/T)·P_i</c>: DeepSeekMoE's, Switch's and, over first choices, GShard's.</summary>
    public Tensor Load(long[] tokens, double divisor, Tensor chosen)
    {
        var total = zeros(1, dtype: Shares.dtype).sum();
        for (var expert = 0; expert < Experts; expert++)
        {
            total = total + (P(tokens, expert) * (Experts * Count(tokens, chosen, expert) / (divisor * tokens.Length)));
        }

        return total;
    }

    public Tensor Expert(long[] tokens) => Load(tokens, Active, Chosen);

    public Tensor FirstChoice(long[] tokens) => Load(tokens, 1, Chosen.narrow(1, 0, 1));

    /// <summary>f of the K best shares, whatever was chosen.</summary>
    public Tensor Sequence(long[] tokens) => Load(tokens, Active, Shares.detach().topk(Active, -1).indexes);

    /// <summary><c>Σ_d f'_d·P'_d</c>.</summary>
    public Tensor Device(long[] tokens, int devices)
    {
        var (total, size) = (zeros(1, dtype: Shares.dtype).sum(), Experts / devices);
        for (var device = 0; device < devices; device++)
        {
            var experts = Enumerable.Range(device * size, size).ToArray();
            var f = experts.Average(expert => Experts * Count(tokens, Chosen, expert) / (Active * (double)tokens.Length));
            total = total + (experts.Select(expert => P(tokens, expert)).Aggregate((a, b) => a + b) * f);
        }

        return total;
    }

    /// <summary><c>Σ_d f''_d·P''_d</c>.</summary>
    public Tensor Communication(long[] tokens, int devices, int limit)
    {
        var (total, size) = (zeros(1, dtype: Shares.dtype).sum(), Experts / devices);
        var chosen = Chosen.contiguous().data<long>().ToArray();
        for (var device = 0; device < devices; device++)
        {
            var sent = tokens.Count(token => Enumerable.Range(0, Active).Any(slot => chosen[(token * Active) + slot] / size == device));
            var p = Enumerable.Range(device * size, size).Select(expert => P(tokens, expert)).Aggregate((a, b) => a + b);
            total = total + (p * ((double)devices / (limit * tokens.Length) * sent));
        }

        return total;
    }

    /// <summary>The squared coefficient of variation of the experts' summed weights.</summary>
    public Tensor Importance(long[] tokens)
    {
        var rows = tensor(tokens);
        var dense = zeros_like(Shares).scatter_add(1, Chosen, Weights).index_select(0, rows).sum(dim: 0);
        var mean = dense.mean();
        return ((dense - mean) * (dense - mean)).mean() / ((mean * mean) + 1e-10);
    }

    public Tensor Usage(long[] tokens)
    {
        var p = Shares.index_select(0, tensor(tokens)).mean([0]);
        return (((p - p.mean()) * (p - p.mean())).mean() + 1e-12).sqrt();
    }

    public Tensor RouterZ(long[] tokens)
    {
        var z = Logits.index_select(0, tensor(tokens)).exp().sum(-1).log();
        return (z * z).mean();
    }

    private Tensor P(long[] tokens, int expert) => Shares.index_select(0, tensor(tokens)).narrow(1, expert, 1).mean();

    private static double Count(long[] tokens, Tensor chosen, int expert)
    {
        var (slots, width) = (chosen.contiguous().data<long>().ToArray(), (int)chosen.shape[1]);
        return tokens.Sum(token => Enumerable.Range(0, width).Count(slot => slots[(token * width) + slot] == expert));
    }
}
