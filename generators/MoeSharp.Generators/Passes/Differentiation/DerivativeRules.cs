using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Ir.Activations;

namespace MoeSharp.Generators.Passes.Differentiation;

/// <summary>The derivative of every forward op: one row an op.</summary>
internal static class DerivativeRules
{
    private static readonly Dictionary<string, Action<Op, Adjoints>> Table = new(ActivationTable.All.ToDictionary(row => row.Op, Activation))
    {
        [OpNames.Embedding] = Embedding,
        [OpNames.RmsNorm] = RmsNorm,
        [OpNames.Linear] = Linear,
        [OpNames.Rope] = Rope,
        [OpNames.Attention] = Attention,
        [OpNames.SigmoidScale] = SigmoidScale,
        [OpNames.Add] = Add,
        [OpNames.Jitter] = Jitter,
        [OpNames.Route] = RegionRules.Route,
        [OpNames.Drop] = Drop,
        [OpNames.Experts] = RegionRules.Experts,
    };

    /// <summary>The rule of an op. There is no default: an op without a rule cannot be trained.</summary>
    public static Action<Op, Adjoints> For(string op) => Table[op];

    /// <summary>The names with a rule, for the test that finds ops without one.</summary>
    public static IEnumerable<string> Names => Table.Keys;

    /// <summary>Rows of the table collect the gradients of the tokens that read them.</summary>
    private static void Embedding(Op op, Adjoints adjoints) =>
        adjoints.Append(new Op(OpNames.EmbeddingBackward, [op.Inputs[0], adjoints.Of(op.Outputs[0])], [Adjoints.OfWeight(op.Inputs[1])]));

    /// <summary>With <c>x̂ = x·rstd</c>: <c>d_x = rstd·(d_y·w − x̂·mean(d_y·w·x̂))</c>, <c>d_w = Σ_t d_y·x̂</c>.</summary>
    private static void RmsNorm(Op op, Adjoints adjoints)
    {
        var (x, weight, rstd) = (op.Inputs[0], op.Inputs[1], op.Outputs[1]);
        var dx = adjoints.New(x);
        adjoints.Append(new Op(OpNames.RmsNormBackward, [adjoints.Of(op.Outputs[0]), x, weight, rstd], [dx, Adjoints.OfWeight(weight)]));
        adjoints.Contribute(x, dx);
    }

    /// <summary><c>y = x·wᵀ + b</c>: <c>d_x = d_y·w</c>, <c>d_w = d_yᵀ·x</c>, <c>d_b = Σ_t d_y</c>.</summary>
    private static void Linear(Op op, Adjoints adjoints)
    {
        var (x, weight, dy) = (op.Inputs[0], op.Inputs[1], adjoints.Of(op.Outputs[0]));
        adjoints.Append(new Op(OpNames.LinearWeightGradient, [dy, x], [Adjoints.OfWeight(weight)]) { Attributes = op.Attributes });
        if (op.Inputs.Count > 2)
        {
            adjoints.Append(new Op(OpNames.BiasGradient, [dy], [Adjoints.OfWeight(op.Inputs[2])]));
        }

        var dx = adjoints.New(x);
        adjoints.Append(new Op(OpNames.LinearBackward, [dy, weight], [dx]) { Attributes = op.Attributes });
        adjoints.Contribute(x, dx);
    }

    /// <summary>A rotation's derivative is the rotation back.</summary>
    private static void Rope(Op op, Adjoints adjoints)
    {
        var dx = adjoints.New(op.Inputs[0]);
        adjoints.Append(new Op(OpNames.RopeBackward, [adjoints.Of(op.Outputs[0])], [dx]) { Attributes = op.Attributes });
        adjoints.Contribute(op.Inputs[0], dx);
    }

    /// <summary>Probabilities are computed again from the kept logsumexp (FlashAttention, arXiv 2205.14135 alg. 4): no tokens × tokens matrix is kept.</summary>
    private static void Attention(Op op, Adjoints adjoints)
    {
        var dx = adjoints.New(op.Inputs[0]);
        adjoints.Append(new Op(OpNames.AttentionBackward, [adjoints.Of(op.Outputs[0]), op.Inputs[0], op.Outputs[0], op.Outputs[1]], [dx]) { Attributes = op.Attributes });
        adjoints.Contribute(op.Inputs[0], dx);
    }

    /// <summary>The gradient by what the activation read is the gradient from above times its slope there, which is computed again.</summary>
    private static Action<Op, Adjoints> Activation(Activation activation) => (op, adjoints) =>
    {
        var dx = adjoints.New(op.Inputs[0]);
        adjoints.Append(new Op(activation.BackwardOp, [adjoints.Of(op.Outputs[0]), op.Inputs[0]], [dx]));
        adjoints.Contribute(op.Inputs[0], dx);
    };

    /// <summary><c>y = σ(z)·x</c>: <c>d_x = σ·d_y</c>, <c>d_z = ⟨d_y, x⟩·σ·(1 − σ)</c>.</summary>
    private static void SigmoidScale(Op op, Adjoints adjoints)
    {
        var (x, z) = (op.Inputs[0], op.Inputs[1]);
        var (dx, dz) = (adjoints.New(x), adjoints.New(z));
        adjoints.Append(new Op(OpNames.SigmoidScaleBackward, [adjoints.Of(op.Outputs[0]), x, z], [dx, dz]));
        adjoints.Contribute(x, dx);
        adjoints.Contribute(z, dz);
    }

    /// <summary><c>d_x = d_y ⊙ r</c>, r the same numbers again.</summary>
    private static void Jitter(Op op, Adjoints adjoints)
    {
        var dx = adjoints.New(op.Inputs[0]);
        adjoints.Append(new Op(OpNames.JitterBackward, [adjoints.Of(op.Outputs[0])], [dx]) { Attributes = op.Attributes });
        adjoints.Contribute(op.Inputs[0], dx);
    }

    /// <summary>A kept weight hands its gradient on; a dropped one, which is 0 whatever the router says, has none.</summary>
    private static void Drop(Op op, Adjoints adjoints)
    {
        var dWeights = adjoints.New(op.Inputs[0]);
        adjoints.Append(new Op(OpNames.DropBackward, [adjoints.Of(op.Outputs[0]), op.Outputs[1]], [dWeights]));
        adjoints.Contribute(op.Inputs[0], dWeights);
    }

    /// <summary>Both terms receive the sum's gradient as it is: no op.</summary>
    private static void Add(Op op, Adjoints adjoints)
    {
        adjoints.Contribute(op.Inputs[0], adjoints.Of(op.Outputs[0]));
        adjoints.Contribute(op.Inputs[1], adjoints.Of(op.Outputs[0]));
    }
}
