using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <content>Rotary positions and causal grouped-query attention.</content>
public static partial class TorchOps
{
    /// <summary>Rotary positions (arXiv 2104.09864) on the leading heads, half-split as Hugging Face lays them out; the other columns stay.</summary>
    /// <param name="qkv"><c>[tokens, columns]</c>.</param>
    /// <param name="heads">Query and key heads, which come first.</param>
    /// <param name="headDim">Width of a head.</param>
    /// <param name="positions">Where the rows stand. Tokens in a sequence, where every sequence begins here: a row's position is row % sequence.</param>
    /// <param name="theta">Base of the angles.</param>
    public static Tensor Rope(Tensor qkv, int heads, int headDim, Positions positions, double theta) => Rotate(qkv, heads, headDim, positions, theta, direction: 1);

    /// <summary>The rotation back.</summary>
    public static Tensor RopeBackward(Tensor dQkv, int heads, int headDim, int sequence, double theta) => Rotate(dQkv, heads, headDim, sequence, theta, direction: -1);

    /// <summary>Causal attention, scaled by <c>1/√headDim</c>; head h reads key and value head <c>h / (heads / kvHeads)</c> (arXiv 2305.13245).</summary>
    /// <param name="qkv"><c>[tokens, (heads + 2·kvHeads)·headDim]</c>: query, key, value heads.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="kvHeads">Key and value heads.</param>
    /// <param name="headDim">Width of a head.</param>
    /// <param name="sequence">Tokens in a sequence.</param>
    /// <param name="cache">In decoding: the keys and values of the tokens before, which these tokens see too and theirs are added to.</param>
    /// <returns>The output, <c>[tokens, heads·headDim]</c>, and the rows' logsumexp, <c>[sequences, heads, sequence]</c>, wide.</returns>
    public static (Tensor O, Tensor LogSumExp) Attention(Tensor qkv, int heads, int kvHeads, int headDim, int sequence, TorchKeyValues? cache = null)
    {
        var (q, k, v) = Heads(qkv, heads, kvHeads, headDim, sequence);
        var future = Future(sequence, q.device);
        if (cache is not null)
        {
            (k, v, future) = cache.Append(k, v);
        }

        var scores = Scores(q, EachQuery(k, heads), headDim, future);
        var logSumExp = scores.logsumexp(-1);
        var probabilities = (scores - logSumExp.unsqueeze(-1)).exp().to(qkv.dtype);
        return (Rows(probabilities.matmul(EachQuery(v, heads))), logSumExp);
    }

    /// <summary>The gradient of <paramref name="qkv"/>: <c>dV = Pᵀ·dO</c>, <c>dS = P ⊙ (dO·Vᵀ − ⟨dO, O⟩)</c>, <c>dQ = dS·K/√d</c>, <c>dK = dSᵀ·Q/√d</c>; keys and values sum over their query heads.</summary>
    public static Tensor AttentionBackward(Tensor dO, Tensor qkv, Tensor o, Tensor logSumExp, int heads, int kvHeads, int headDim, int sequence)
    {
        var (q, keys, values) = Heads(qkv, heads, kvHeads, headDim, sequence);
        var (k, v) = (EachQuery(keys, heads), EachQuery(values, heads));
        var probabilities = (Scores(q, k, headDim, Future(sequence, q.device)) - logSumExp.unsqueeze(-1)).exp();
        var (dOut, oHeads) = (Split(dO, heads, headDim, sequence), Split(o, heads, headDim, sequence));
        var inner = (Wide(dOut) * Wide(oHeads)).sum(-1, true);
        var dScores = (probabilities * (Wide(dOut.matmul(v.transpose(-2, -1))) - inner) * Scalars.Of(1 / Math.Sqrt(headDim))).to(qkv.dtype);
        var dV = probabilities.to(qkv.dtype).transpose(-2, -1).matmul(dOut);
        return cat([Rows(dScores.matmul(k)), Rows(SumGroups(dScores.transpose(-2, -1).matmul(q), kvHeads)), Rows(SumGroups(dV, kvHeads))], -1);
    }

    private static Tensor Rotate(Tensor qkv, int heads, int headDim, Positions positions, double theta, int direction)
    {
        var (tokens, half) = (qkv.shape[0], headDim / 2);
        var type = Wide(qkv).dtype;
        var (cos, sin) = Angles(positions, (int)tokens, half, theta, direction, type, qkv.device);
        var rotated = Wide(qkv.narrow(-1, 0, (long)heads * headDim)).view(-1, positions.Sequence, heads, headDim);
        var (first, second) = (rotated.narrow(-1, 0, half), rotated.narrow(-1, half, half));
        var turned = cat([(first * cos) - (second * sin), (second * cos) + (first * sin)], -1).view(tokens, -1).to(qkv.dtype);
        return cat([turned, qkv.narrow(-1, (long)heads * headDim, qkv.shape[^1] - ((long)heads * headDim))], -1);
    }

    /// <summary><c>[sequences, sequence, 1, half]</c>; of one sequence where all stand alike.</summary>
    private static (Tensor Cos, Tensor Sin) Angles(Positions positions, int tokens, int half, double theta, int direction, ScalarType type, Device device)
    {
        var rows = positions.FromTheStart ? positions.Sequence : tokens;
        var angles = new double[rows * half];
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < half; i++)
            {
                angles[(row * half) + i] = direction * positions[row] * Math.Pow(theta, -(double)i / half);
            }
        }

        var table = tensor(angles, rows / positions.Sequence, positions.Sequence, 1, half, dtype: ScalarType.Float64);
        return (table.cos().to(type, device), table.sin().to(type, device));
    }

    private static (Tensor Q, Tensor K, Tensor V) Heads(Tensor qkv, int heads, int kvHeads, int headDim, int sequence)
    {
        var (queries, keys) = ((long)heads * headDim, (long)kvHeads * headDim);
        return (
            Split(qkv.narrow(-1, 0, queries), heads, headDim, sequence),
            Split(qkv.narrow(-1, queries, keys), kvHeads, headDim, sequence),
            Split(qkv.narrow(-1, queries + keys, keys), kvHeads, headDim, sequence));
    }

    /// <summary>Key or value heads once for every query head that reads them.</summary>
    private static Tensor EachQuery(Tensor perKeyHead, int heads) => perKeyHead.repeat_interleave(heads / perKeyHead.shape[1], 1);

    /// <summary><c>[tokens, heads·headDim]</c> to <c>[sequences, heads, sequence, headDim]</c>.</summary>
    private static Tensor Split(Tensor rows, int heads, int headDim, int sequence) =>
        rows.reshape(-1, sequence, heads, headDim).transpose(1, 2);

    /// <summary><c>[sequences, heads, sequence, headDim]</c> to <c>[tokens, heads·headDim]</c>.</summary>
    private static Tensor Rows(Tensor heads) =>
        heads.transpose(1, 2).reshape(heads.shape[0] * heads.shape[2], heads.shape[1] * heads.shape[3]);

    private static Tensor Future(int sequence, Device device) => ones(sequence, sequence, dtype: ScalarType.Bool, device: device).triu(1);

    private static Tensor Scores(Tensor q, Tensor k, int headDim, Tensor future) =>
        (Wide(q.matmul(k.transpose(-2, -1))) * Scalars.Of(1 / Math.Sqrt(headDim))).masked_fill(future, Scalars.Of(double.NegativeInfinity));

    private static Tensor SumGroups(Tensor perQueryHead, int kvHeads)
    {
        var shape = perQueryHead.shape;
        return perQueryHead.view(shape[0], kvHeads, shape[1] / kvHeads, shape[2], shape[3]).sum(2);
    }
}
