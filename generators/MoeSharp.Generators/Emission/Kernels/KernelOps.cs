using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>How every op is written as a call of a CPU kernel: one row an op. The two regions have files of their own.</summary>
internal static class KernelOps
{
    private static readonly Dictionary<string, Action<Op, SourceWriter>> Table = new(KernelActivations.Rows)
    {
        [OpNames.Embedding] = Embedding,
        [OpNames.EmbeddingBackward] = EmbeddingBackward,
        [OpNames.RmsNorm] = RmsNorm,
        [OpNames.AddRmsNorm] = AddRmsNorm,
        [OpNames.RmsNormBackward] = RmsNormBackward,
        [OpNames.Linear] = KernelProducts.Linear,
        [OpNames.LinearBackward] = KernelProducts.Backward,
        [OpNames.LinearWeightGradient] = KernelProducts.WeightGradient,
        [OpNames.LinearGradients] = KernelProducts.BothGradients,
        [OpNames.Rope] = (op, to) => Rope(op, to, "Forward"),
        [OpNames.RopeBackward] = (op, to) => Rope(op, to, "Backward"),
        [OpNames.Attention] = Attention,
        [OpNames.AttentionBackward] = AttentionBackward,
        [OpNames.BiasGradient] = KernelProducts.BiasGradient,
        [OpNames.LinearActivation] = KernelActivations.AfterLinear,
        [OpNames.SigmoidScale] = KernelActivations.SigmoidScale,
        [OpNames.SigmoidScaleBackward] = KernelActivations.SigmoidScaleBackward,
        [OpNames.Add] = Add,
        [OpNames.Jitter] = Jitter,
        [OpNames.JitterBackward] = JitterBackward,
        [OpNames.Route] = KernelRoute.Forward,
        [OpNames.RouteBackward] = KernelRoute.Backward,
        [OpNames.Drop] = KernelDrop.Forward,
        [OpNames.DropBackward] = KernelDrop.Backward,
        [OpNames.Experts] = KernelExperts.Forward,
        [OpNames.ExpertsBackward] = KernelExperts.Backward,
        [OpNames.ExpertsUp] = KernelExperts.Up,
    };

    /// <summary>The ops that can be written, for the test that finds one without a row.</summary>
    public static IEnumerable<string> Names => Table.Keys;

    public static void Write(Op op, SourceWriter to) => Table[op.Name](op, to);

    public static string In(Op op, int index) => Emission.Names.Of(op.Inputs[index]);

    public static string Out(Op op, int index) => Emission.Names.Of(op.Outputs[index]);

    private static void Embedding(Op op, SourceWriter to)
    {
        to.Line($"// {Out(op, 0)} = {Emission.Names.Symbol(op.Inputs[1])}[{In(op, 0)}]");
        to.Line($"Embedding.Forward(workers, {In(op, 0)}, {In(op, 1)}, {Out(op, 0)});");
    }

    private static void EmbeddingBackward(Op op, SourceWriter to)
    {
        to.Line($"// {Emission.Names.Symbol(op.Outputs[0])}[{In(op, 0)}] += {In(op, 1)}: a row of the table collects from all tokens that read it");
        to.Line($"Embedding.Backward(workers, {In(op, 0)}, {In(op, 1)}, {Out(op, 0)});");
    }

    private static void Add(Op op, SourceWriter to)
    {
        to.Line($"// {Out(op, 0)} = {In(op, 0)} + {In(op, 1)}");
        to.Line($"Elementwise.Add(workers, {In(op, 0)}, {In(op, 1)}, {Out(op, 0)});");
    }

    private static void Jitter(Op op, SourceWriter to)
    {
        to.Line($"// {Out(op, 0)} = {In(op, 0)} ⊙ U({Literals.Number(1 - op["epsilon"])}, {Literals.Number(1 + op["epsilon"])}) in training: the gate's input, not the experts'");
        to.Line($"Jitter.Apply(workers, {In(op, 0)}, pass.Random(sparseLayer, GateStream.Jitter), {Literals.Number(op["epsilon"])}, {Out(op, 0)});");
    }

    private static void JitterBackward(Op op, SourceWriter to)
    {
        var (sign, accumulate) = op.Into is null ? ("=", string.Empty) : ("+=", ", accumulate: true");
        to.Line($"// {Out(op, 0)} {sign} {In(op, 0)} ⊙ the same numbers again");
        to.Line($"Jitter.Apply(workers, {In(op, 0)}, pass.Random(sparseLayer, GateStream.Jitter), {Literals.Number(op["epsilon"])}, {Out(op, 0)}{accumulate});");
    }

    private static void RmsNorm(Op op, SourceWriter to)
    {
        to.Line($"// {Out(op, 0)} = {In(op, 0)}·{Out(op, 1)}·{Emission.Names.Symbol(op.Inputs[1])} with {Out(op, 1)} = 1/√(mean({In(op, 0)}²) + ε){Emission.Names.KeptForBackward(op)}");
        to.Line($"RmsNorm.Forward(workers, {In(op, 0)}, {In(op, 1)}, {Literals.Number(op["eps"])}, {Out(op, 0)}, {Out(op, 1)});");
    }

    private static void AddRmsNorm(Op op, SourceWriter to)
    {
        var (h, u, rstd) = (Out(op, 0), Out(op, 1), Out(op, 2));
        to.Line($"// fused: {h} = {In(op, 0)} + {In(op, 1)}, normalised while its row is in cache: {u} = {h}·{rstd}·{Emission.Names.Symbol(op.Inputs[2])}");
        to.Line($"RmsNorm.AddForward(workers, {In(op, 0)}, {In(op, 1)}, {In(op, 2)}, {Literals.Number(op["eps"])}, {h}, {u}, {rstd});");
    }

    private static void RmsNormBackward(Op op, SourceWriter to)
    {
        var (dY, x, rstd, dX, scale) = (In(op, 0), In(op, 1), In(op, 3), Out(op, 0), Emission.Names.Symbol(op.Inputs[2]));

        // What goes past the norm: where the sum has no memory of its own, the last of what is added.
        var residual = op.InPlace ? op.Plus.Last() : op.Into;
        var pairs = op.Plus.FirstOrDefault(value => value != residual);
        var (past, now) = residual is null ? ("default", string.Empty) : (Emission.Names.Of(residual), $", now the gradient of {x}");
        var (kernel, rows) = ("Backward", string.Empty);
        if (pairs is not null)
        {
            (kernel, rows) = ("ScatterBackward", $", {Emission.Names.Of(pairs)}, plan");
            to.Line($"// fused: back to the tokens, in slot order, {dY} + Σ_k row_k, which is {dY} below, and through the norm while it is in cache");
        }

        if (op.InPlace)
        {
            to.Line($"// (in the rows of {dY}, which are this core's own: every core has gathered rows of {past}, and writing those would wait for it)");
        }

        var sum = op.Into is not null ? "+=" : residual is null ? "=" : $"= {past} +";
        to.Line($"// x̂ = {x}·{rstd}, v = {dY}·{scale}: {dX} {sum} {rstd}·(v − x̂·mean(v·x̂)){now}; d{scale} += Σ {dY}·x̂");
        to.Line($"RmsNorm.{kernel}(workers, {dY}{rows}, {x}, {In(op, 2)}, {rstd}, residual: {past}, {dX}, {Out(op, 1)});");
    }

    private static void Rope(Op op, SourceWriter to, string direction)
    {
        to.Line(direction == "Forward"
            ? "// rotary positions on queries and keys, in place; half-split pairs"
            : "// the rotation back, in place");
        if (!op.InPlace)
        {
            to.Line($"{In(op, 0)}.CopyTo({Out(op, 0)});");
        }

        var columns = op.Int("heads") * op.Int("head_dim");
        var positions = direction == "Forward" ? "pass.Positions" : "pass.Sequence";
        var heads = $"heads: {op.Int("heads")}, headDim: {op.Int("head_dim")}, {positions}, theta: {Literals.Number(op["theta"])}";
        to.Line($"Rope.{direction}(workers, {Out(op, 0)}.ColumnRange(0, {columns}), {heads});");
    }

    private static string Heads(Op op) => $"heads: {op.Int("heads")}, kvHeads: {op.Int("kv_heads")}, headDim: {op.Int("head_dim")}, pass.Sequence";

    private static void Attention(Op op, SourceWriter to)
    {
        to.Line($"// {Out(op, 0)} = softmax(q·kᵀ/√{op.Int("head_dim")}, causal)·v, block by block: of the scores only the logsumexp of a row is kept");
        var cache = string.Empty;
        if (op.Recomputation != Recomputation.Again)
        {
            to.Line("// (in decoding k and v are the cache's, and the tokens' own are added to them)");
            cache = ", pass.KeyValues(layer)";
        }

        to.Line($"Attention.Forward(workers, {In(op, 0)}, {Heads(op)}, {Out(op, 0)}, {Out(op, 1)}{cache});");
    }

    private static void AttentionBackward(Op op, SourceWriter to)
    {
        to.Line($"// the probabilities are computed again from {In(op, 3)}, block by block: no tokens × tokens matrix was kept");
        to.Line($"Attention.Backward(workers, {In(op, 0)}, {In(op, 1)}, {In(op, 2)}, {In(op, 3)}, {Heads(op)}, {Out(op, 0)});");
    }
}
