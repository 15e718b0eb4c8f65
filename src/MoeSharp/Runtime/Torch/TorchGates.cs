using MoeSharp.Modules;
using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>
/// The steps of gates that TorchSharp has no one operation for. Random numbers are those of the kernels: they are made on the host and copied to the
/// device, nothing is drawn from libtorch's generators.
/// </summary>
public static class TorchGates
{
    /// <summary>N(0, 1) for every token, <c>[tokens, columns]</c>; zeros outside of training and for padding.</summary>
    public static Tensor Normal(TorchPass pass, int sparseLayer, int columns, Tensor like) =>
        Rows(pass, sparseLayer, GateStream.Noise, columns, like.dtype, like.device, static (random, token, row) => random.Normal(token, row));

    /// <summary>The gate's input times U(1 − ε, 1 + ε), in fp32 at least; in backward the same with the gradients, in their type.</summary>
    public static Tensor Jitter(TorchPass pass, int sparseLayer, Tensor x, double epsilon)
    {
        var wide = TorchOps.Wide(x);
        return wide * Rows(
            pass, sparseLayer, GateStream.Jitter, (int)x.shape[1], wide.dtype, x.device, (random, token, row) => random.Factors(token, epsilon, row));
    }

    /// <summary>GShard's random second expert: the chosen ones, <c>[tokens, 2]</c>, the second −1 where it is dropped.</summary>
    /// <param name="pass">In training or not.</param>
    /// <param name="sparseLayer">Which layer.</param>
    /// <param name="chosen">The two experts selected.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="scale">What the weights were multiplied by after they were normalised.</param>
    public static Tensor KeepSecond(TorchPass pass, int sparseLayer, Tensor chosen, Tensor weights, double scale)
    {
        var random = pass.Random(sparseLayer, GateStream.SecondExpert);
        var second = weights.select(1, 1).to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
        var dropped = new bool[second.Length * 2];
        for (var token = 0; token < second.Length; token++)
        {
            dropped[(2 * token) + 1] = random.Draws(token) && RandomSecond.IsDropped(random, token, second[token] / scale);
        }

        return chosen.masked_fill(tensor(dropped, device: chosen.device).view(second.Length, 2), Scalars.Of(-1));
    }

    /// <summary>Expert choice: slot e of a token, <c>[tokens, N]</c>, is e where expert e takes it, and −1 where it does not. Equal scores go to the lower token.</summary>
    /// <param name="pass">The tokens, and which of them are padding.</param>
    /// <param name="scores"><c>[tokens, N]</c>.</param>
    /// <param name="capacity">C.</param>
    public static Tensor ChooseTokens(TorchPass pass, Tensor scores, double capacity)
    {
        var (tokens, experts) = (scores.shape[0], scores.shape[1]);
        var counted = pass.Mask(ScalarType.Float32).eq(Scalars.One);
        var places = ExpertChoice.Places((int)counted.sum().cpu().item<long>(), (int)experts, capacity);

        // NaN is the last that is taken of the tokens, padding comes after it.
        var numbers = scores.masked_fill(scores.isnan(), Scalars.Of(double.NegativeInfinity));
        var order = TorchOps.BestFirst(numbers.masked_fill(counted.logical_not(), Scalars.Of(double.NaN)), 0);
        var takers = arange(experts, device: scores.device).unsqueeze(0);
        return full_like(order, Scalars.Of(-1)).scatter(0, order.narrow(0, 0, places), takers.expand(places, experts).contiguous()).view(tokens, experts);
    }

    /// <summary>The greatest of every expert's sub-scores, <c>[tokens, N]</c>, and which it is: the first of equal ones.</summary>
    public static (Tensor Scores, Tensor Best) Greatest(Tensor subScores, int experts)
    {
        var grouped = subScores.view(subScores.shape[0], experts, -1);
        var best = TorchOps.TopK(grouped, 1);
        return (grouped.gather(2, best).squeeze(-1), best);
    }

    private delegate void FillRow(GateRandom random, int token, Span<double> row);

    private static unsafe Tensor Rows(TorchPass pass, int sparseLayer, GateStream stream, int columns, ScalarType type, Device device, FillRow fill)
    {
        // By address: of a wide input there may be more elements than an array has, or an int counts.
        var random = pass.Random(sparseLayer, stream);
        var values = LargeTensor.Empty((long)pass.Tokens * columns, ScalarType.Float64);
        var first = TensorMemory.Pointer<double>(values);
        for (var token = 0; token < pass.Tokens; token++)
        {
            fill(random, token, new Span<double>(first + ((nint)token * columns), columns));
        }

        return values.to(device).view(pass.Tokens, columns).to(type);
    }
}
