namespace MoeSharp.Data;

/// <summary>What models without a single parameter to train reach on the validation text, in bits per byte.</summary>
/// <param name="WittenBell">The byte models of order 0, 1, …; trained on the training text. See <see cref="Data.WittenBell"/>.</param>
/// <param name="Gzip">See <see cref="GzipBaseline"/>.</param>
public sealed record Baselines(IReadOnlyList<double> WittenBell, double Gzip)
{
    /// <summary>The order of the best byte model.</summary>
    public int BestOrder => WittenBell.Index().MinBy(model => model.Item).Index;

    /// <summary>Bits per byte of the best byte model.</summary>
    public double BestByteModel => WittenBell[BestOrder];

    /// <summary>Computes them.</summary>
    /// <param name="corpus">The text; the byte models of order 0 to 5 learn its training part, all are measured on its validation part.</param>
    public static Baselines Of(TextCorpus corpus)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        return new Baselines(Data.WittenBell.Train(corpus.Training).BitsPerByte(corpus.Validation), GzipBaseline.BitsPerByte(corpus.Validation));
    }
}
