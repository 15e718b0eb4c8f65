using System.Linq;
using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes.Rules;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Gates;

/// <summary>
/// One kind of gate, everything that is its own in one file: its options, what is wrong with it, its weights and products, its score and the score's
/// derivative in both lowerings. A new kind is a file with such a class and a row in <see cref="GateTable"/>. What gates have in common, selection by
/// biased scores in groups, weights and balance losses, is written around it by KernelRoute and TorchRoute.
/// </summary>
/// <remarks>
/// The gate's region reads the logits first, and makes the weights, the experts and the scores, in this order. Its backward reads the weights' gradient, the
/// scores, the experts and <see cref="Kept"/>, and makes a gradient of everything the region reads.
/// </remarks>
internal abstract class Gate
{
    /// <summary>Its word.</summary>
    public abstract GateKind Kind { get; }

    /// <summary>The options that several kinds have and it has too.</summary>
    public virtual IReadOnlyList<string> Common => ["Groups", "TopGroups", "GroupScore", "Scale", "Normalize", "Jitter"];

    /// <summary>The options of its own, with their defaults; an enum's word is its number.</summary>
    public virtual IReadOnlyList<NamedNumber> Own => [];

    /// <summary>What cannot work, or means nothing, with this kind alone.</summary>
    public virtual IReadOnlyList<Rule> Rules => [];

    /// <summary>Hugging Face's <c>scoring_func</c>, where it has one.</summary>
    public abstract string ScoringName { get; }

    /// <summary>Whether a token's scores sum to one; otherwise its share of an expert is the score over their sum.</summary>
    public virtual bool SumsToOne => true;

    /// <summary>Whether each expert chooses tokens, rather than each token experts.</summary>
    public virtual bool ChoosesTokens => false;

    /// <summary>Whether it normalises the weights of the chosen experts unless told otherwise.</summary>
    public virtual bool NormalizesByDefault => false;

    /// <summary>Places for experts a token.</summary>
    public virtual int Slots(ModelSpec spec) => spec.Experts!.Active;

    /// <summary>The most pairs of a token and an expert for each token of the batch.</summary>
    public virtual int PairsPerToken(ModelSpec spec) => spec.Experts!.Active;

    /// <summary>Experts a token meets on average.</summary>
    public virtual double ActiveExperts(ModelSpec spec) => spec.Experts!.Active;

    /// <summary>A constant of its own for the region, resolved where the default depends on something else.</summary>
    public virtual double Constant(ModelSpec spec, string option) => spec.Gate[option];

    /// <summary>Appends the gate, its region last, and hands that back.</summary>
    public abstract Op Lower(GateLowering gate);

    /// <summary>What the region's backward reads beside the gradient of the weights, the scores and the experts.</summary>
    public virtual IReadOnlyList<Value> Kept(Op op) => [];

    /// <summary>Room that the region's backward needs for itself on the CPU.</summary>
    public virtual IReadOnlyList<Value> BackwardRoom(Op op) => [];

    /// <summary>On the CPU, before the pass over the tokens.</summary>
    public virtual void KernelPrepare(Op op, SourceWriter to)
    {
    }

    /// <summary>On the CPU, for the tokens of a task, from <c>first</c> to before <c>last</c>: fills their scores.</summary>
    public abstract void KernelScore(Op op, SourceWriter to);

    /// <summary>On the CPU, after the scores, where each expert chooses tokens: the experts of every token and their weights.</summary>
    public virtual void KernelChoose(Op op, SourceWriter to)
    {
    }

    /// <summary>The same in TorchSharp's operations.</summary>
    public virtual void TorchChoose(Op op, SourceWriter to)
    {
    }

    /// <summary>Whether there is one logit an expert, whose gradient takes the place of that of its score.</summary>
    public virtual bool HasOneLogit => true;

    /// <summary>On the CPU, for a token <c>t</c>: from the gradient <c>dS</c> of its scores <c>s</c> to that of what the region reads.</summary>
    public abstract void KernelScoreBackward(Op op, SourceWriter to);

    /// <summary>On the CPU, in backward after the pass over the tokens: gradients that are sums over all of them.</summary>
    public virtual void KernelSums(Op op, SourceWriter to)
    {
    }

    /// <summary>In TorchSharp's operations: the scores from the logits.</summary>
    public abstract void TorchScore(Op op, SourceWriter to);

    /// <summary>In TorchSharp's operations: from <c>dScores</c> to the gradient of what the region reads.</summary>
    public abstract void TorchScoreBackward(Op op, SourceWriter to);

    /// <summary>Whether it knows an option of the language.</summary>
    public bool Knows(string option) => Common.Contains(option) || Own.Any(own => own.Name == option);
}
