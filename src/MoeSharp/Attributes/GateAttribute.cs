namespace MoeSharp;

/// <summary>
/// Declares how a token chooses its experts. Ties go to the expert of the lower index. Without this word the gate is <see cref="GateKind.Softmax"/>. An
/// option that a kind of gate does not know is an error. Logits, scores and weights are computed in fp32 at least.
/// </summary>
/// <param name="kind">How logits become scores.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class GateAttribute(GateKind kind) : Attribute
{
    /// <summary>How logits become scores.</summary>
    public GateKind Kind { get; } = kind;

    /// <summary>Contiguous groups the experts lie in, for group-limited routing (Hugging Face: <c>n_group</c>). The default is 1: no groups.</summary>
    public int Groups { get; set; } = 1;

    /// <summary>Groups that stay eligible for a token (Hugging Face: <c>topk_group</c>); the scores of the others become −∞. The default is all of them.</summary>
    public int TopGroups { get; set; }

    /// <summary>
    /// What a group is chosen by. The default is the sum of its two best biased scores where a <see cref="BalanceBiasAttribute"/> is declared (V3,
    /// arXiv 2412.19437 §2.1.2) and its best score where none is (V2, arXiv 2405.04434 §2.2.2; V3's code).
    /// </summary>
    public GroupScore GroupScore { get; set; }

    /// <summary>Factor of the routing weights (Hugging Face: <c>routed_scaling_factor</c>). The default is 1.</summary>
    public double Scale { get; set; } = 1;

    /// <summary>
    /// Whether the weights of the chosen experts are divided by their sum. The default is yes for Sigmoid and where the second expert is random, and no for
    /// the others; NoisyTopK always does, ExpertChoice never.
    /// </summary>
    public bool Normalize { get; set; }

    /// <summary>
    /// ε: in training the gate's input, not the experts', is multiplied by numbers from U(1 − ε, 1 + ε), one an element (Switch, arXiv 2101.03961 §2.2; 0.01 there).
    /// From 0 up to, not including, 1. The default is 0: none.
    /// </summary>
    public double Jitter { get; set; }

    /// <summary>Softmax with two active experts: whether the second is always used (GShard's choice is by chance). The default is Always.</summary>
    public SecondExpert SecondExpert { get; set; }

    /// <summary>TwoLayer: the hidden width of the gate. The default is the number of experts.</summary>
    public int Hidden { get; set; }

    /// <summary>
    /// TwoLayer: whether <c>ε ⊙ n</c> is added to the logits in training, ε ~ N(0, 1) a token and expert, n a learned number an expert that starts at 0. The
    /// default is no.
    /// </summary>
    public bool LearnedNoise { get; set; }

    /// <summary>SubExpert: sub-scores an expert, m; at least 2. The default is 2.</summary>
    public int SubScores { get; set; } = 2;

    /// <summary>SubExpert: what the softmax runs over. The default is the sub-scores of one expert.</summary>
    public SubScoreSoftmax SubScoreSoftmax { get; set; }

    /// <summary>SubExpert: how an expert's sub-scores become its score. The default is the greatest.</summary>
    public SubScoreMerge SubScoreMerge { get; set; }

    /// <summary>ExpertChoice: C, the experts a token has on average; each expert takes ⌊C·T/N⌋ of T tokens. The default is the experts' Active.</summary>
    public double CapacityFactor { get; set; }
}
