namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>
/// What the passes between a step's products read and write in fp32: every operand and result of every pass once, as if nothing between two passes were
/// still in a cache. What a pass packs for itself (attention's keys and values, a head at a time) stays in a core's cache and is not counted, nor are the
/// norms' weights, which all tokens share.
/// </summary>
/// <param name="Vocab">Logits a token.</param>
/// <param name="Dim">Width of the residual stream.</param>
/// <param name="Layers">Layers in all,</param>
/// <param name="DenseLayers">and those without experts.</param>
/// <param name="Heads">Heads of the queries,</param>
/// <param name="KvHeads">and of the keys and values.</param>
/// <param name="HeadDim">Width of a head.</param>
/// <param name="DenseHidden">Width of a dense layer's network.</param>
/// <param name="Experts">Routed experts of a layer,</param>
/// <param name="Active">and those of a token.</param>
/// <param name="SharedHidden">Width of the shared experts together.</param>
/// <param name="Hidden">Width of a routed expert.</param>
internal sealed record StepTraffic(
    int Vocab, int Dim, int Layers, int DenseLayers, int Heads, int KvHeads, int HeadDim, int DenseHidden, int Experts, int Active, int SharedHidden, int Hidden)
{
    private const int BytesAnElement = sizeof(float);

    // Each of weight, gradient and both moments is read and written: the gradient becomes zero.
    private const int BytesOfAdamW = 8 * BytesAnElement;
    private const int BytesOfTheNorm = BytesAnElement;

    /// <summary>Bytes of a step.</summary>
    /// <param name="tokens">Tokens of the batch.</param>
    /// <param name="parameters">Parameters, which clipping's norm and AdamW each pass over once.</param>
    public long Bytes(long tokens, long parameters) =>
        (BytesAnElement * tokens * (Sum(Ends) + (Layers * Sum(AnyLayer)) + (DenseLayers * Sum(Dense)) + ((Layers - DenseLayers) * Sum(Sparse))))
        + ((BytesOfTheNorm + BytesOfAdamW) * parameters);

    private long Queries => Heads * HeadDim;

    private long Keys => KvHeads * HeadDim;

    private long Qkv => Queries + (2 * Keys);

    /// <summary>The embedding, the head's norm and the loss.</summary>
    private Pass[] Ends =>
    [
        new("embedding", Read: 1 + Dim, Written: Dim),
        new("rms_norm", Read: Dim, Written: Dim + 1),
        new("cross_entropy", Read: Vocab + 1, Written: Vocab),
        new("rms_norm_backward", Read: (2 * Dim) + 1, Written: Dim),
        new("embedding_backward", Read: 1 + (2 * Dim), Written: Dim),
    ];

    /// <summary>The attention of a layer, and the two norms.</summary>
    private Pass[] AnyLayer =>
    [
        new("rms_norm", Read: Dim, Written: Dim + 1),
        new("rope", Read: Queries + Keys, Written: Queries + Keys),
        new("attention", Read: Qkv, Written: Queries + Heads),
        new("add_rms_norm", Read: 2 * Dim, Written: (2 * Dim) + 1),

        // The gradient of the residual stream is added to.
        new("rms_norm_backward", Read: (3 * Dim) + 1, Written: Dim),
        new("attention_backward", Read: Qkv + (2 * Queries) + Heads, Written: Qkv),
        new("rope_backward", Read: Queries + Keys, Written: Queries + Keys),
        new("rms_norm_backward", Read: (3 * Dim) + 1, Written: Dim),
    ];

    private Pass[] Dense =>
    [
        new("swiglu", Read: 2 * DenseHidden, Written: DenseHidden),
        new("add", Read: 2 * Dim, Written: Dim),
        new("swiglu_backward", Read: 3 * DenseHidden, Written: 2 * DenseHidden),
    ];

    private Pass[] Sparse =>
    [
        new("route", Read: Experts, Written: Experts + (2 * Active)),
        new("swiglu, shared", Read: 2 * SharedHidden, Written: SharedHidden),
        new("dispatch", Read: 2 * Active, Written: 3 * Active),
        new("gather", Read: Active * (Dim + 1), Written: Active * Dim),
        new("swiglu, routed", Read: 2 * Active * Hidden, Written: Active * Hidden),
        new("combine", Read: (Active * (Dim + 2)) + (2 * Dim), Written: Dim),

        new("dispatch", Read: 2 * Active, Written: 3 * Active),
        new("gather, the input", Read: Active * (Dim + 1), Written: Active * Dim),
        new("gather, the gradient", Read: Active * (Dim + 1), Written: Active * Dim),

        // A pair's token, slot and weight, and the weight's gradient; the activation takes its gradient's place.
        new("swiglu_backward, routed", Read: Active * ((3 * Hidden) + 3), Written: Active * ((3 * Hidden) + 1)),
        new("swiglu_backward, shared", Read: 3 * SharedHidden, Written: 2 * SharedHidden),
        new("route_backward", Read: (2 * Active) + Experts, Written: Experts),

        // In the norm's backward, whose own reads are among those of any layer.
        new("scatter_sum", Read: Active * (Dim + 1), Written: 0),
    ];

    private static long Sum(Pass[] passes) => passes.Sum(pass => pass.Read + pass.Written);

    /// <summary>A pass over memory: elements a token.</summary>
    private readonly record struct Pass(string Name, long Read, long Written);
}
