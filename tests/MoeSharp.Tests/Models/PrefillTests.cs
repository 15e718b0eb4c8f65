using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models;

/// <summary>
/// A prompt's logits are wanted after its last token alone: the head has no other row, and of no other is there a place for logits. That the bits are
/// those of the whole context is in <see cref="DecodingTests"/>.
/// </summary>
public class PrefillTests
{
    private const int Vocab = 48;
    private const int Dim = 16;

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 3)]
    [InlineData(3, 1)]
    public void TheHeadOfTheKernelsHasTheLastTokenOfEachSequence(int sequences, int tokens)
    {
        using var module = new DenseModel();
        var program = new Kernels(module);
        using var cache = program.NewCache(sequences, context: 8);
        cache.Choose([.. Enumerable.Range(0, sequences)]);
        var logits = new double[sequences * Vocab];
        program.Next([.. Enumerable.Range(0, sequences * tokens)], cache, logits);
        Assert.Equal(sequences, program.HeadTokens);
        Expect(sequences, tokens, logits);
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 3)]
    [InlineData(3, 1)]
    public void SoHasTheHeadInOperations(int sequences, int tokens)
    {
        using var module = new DenseModel();
        var program = new Operations(module);
        using var cache = program.NewCache(sequences, context: 8);
        cache.Choose([.. Enumerable.Range(0, sequences)]);
        var logits = new double[sequences * Vocab];
        program.Next([.. Enumerable.Range(0, sequences * tokens)], cache, logits);
        Assert.Equal([sequences, Dim], program.HeadShape);
        Expect(sequences, tokens, logits);
    }

    // The programs below hand the token's id through: whole numbers, exact.
    private static void Expect(int sequences, int tokens, double[] logits) => Assert.Equal(
        Enumerable.Range(0, sequences).SelectMany(sequence => Enumerable.Repeat((double)(((sequence + 1) * tokens) - 1), Vocab)), logits);

    private sealed class Kernels(FlatModule module) : KernelTransformerProgram<double, double, double>(module)
    {
        public int HeadTokens { get; private set; }

        protected override long SavedPerToken => 2 * Dim;

        protected override long ScratchPerToken => 16;

        protected override int Dim => PrefillTests.Dim;

        protected override int Vocab => PrefillTests.Vocab;

        protected override int Layers => 0;

        protected override void Forward(Pass<double> pass, FlatView<double> weights, FlatView<double> masters, Matrix<int> ids)
        {
            for (var token = 0; token < pass.Tokens; token++)
            {
                Residual(pass, 0).Row(token).Fill(ids[0, token]);
            }
        }

        protected override void Head(Pass<double> pass, FlatView<double> weights, FlatView<double> masters, Matrix<double> x, Matrix<double> logits)
        {
            HeadTokens = pass.Tokens;
            Assert.Equal((pass.Tokens, pass.Tokens, Vocab), (x.Rows, logits.Rows, logits.Columns));

            // As the generated head does: what it keeps has a row for each of x, in memory that x is not in.
            var kept = pass.Saved.Matrix(Dim, Dim);
            for (var row = 0; row < kept.Rows; row++)
            {
                kept.Row(row).Fill(-1);
            }

            for (var row = 0; row < x.Rows; row++)
            {
                logits.Row(row).Fill(x[row, Dim - 1]);
            }
        }

        protected override void Backward(
            Pass<double> pass, FlatView<double> weights, FlatView<double> masters, FlatView<double> gradient, Matrix<int> ids, Matrix<double> dLogits, Matrix<double> dX,
            Matrix<double> dY) =>
            throw new NotSupportedException();

        protected override Matrix<double> Residual(Pass<double> pass, int layer) => pass.Saved.Matrix(0, Dim);
    }

    private sealed class Operations(FlatModule module) : TorchTransformerProgram(module)
    {
        public long[] HeadShape { get; private set; } = [];

        protected override Tensor Forward(TorchPass pass, TorchView weights, Tensor ids, List<Tensor>? saved) => ids.to(ScalarType.Float64).unsqueeze(-1).expand(-1, Dim);

        protected override Tensor Head(TorchPass pass, TorchView weights, Tensor x, List<Tensor>? saved)
        {
            HeadShape = x.shape;
            return x.narrow(1, 0, 1).expand(-1, Vocab);
        }

        protected override void Backward(TorchPass pass, TorchView weights, TorchView gradient, SavedTensors saved, Tensor dLogits) => throw new NotSupportedException();
    }
}
