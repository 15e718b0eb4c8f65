using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>
/// A token's part in the smooth loads of a noisy gate: with <c>σ = softplus(amplitude)</c> and <c>H = logits + ε ⊙ σ</c>, expert i gets
/// <c>Φ((logit_i − threshold_i)/σ_i)</c>, threshold_i the K-th largest of H without H_i (Shazeer et al. 2017, arXiv 1701.06538 appendix A). In double, whatever
/// the gate is in: it is the tail of a normal distribution that counts.
/// </summary>
public static class NoisyLoad
{
    /// <summary>Adds a token's loads.</summary>
    /// <param name="logits">Clean logits, <c>[N]</c>.</param>
    /// <param name="amplitude">The noise before the softplus, <c>[N]</c>.</param>
    /// <param name="noise">ε, <c>[N]</c>.</param>
    /// <param name="active">K, less than N.</param>
    /// <param name="loads">Added to, <c>[N]</c>.</param>
    public static void Add<T>(ReadOnlySpan<T> logits, ReadOnlySpan<T> amplitude, ReadOnlySpan<T> noise, int active, double[] loads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var token = new Token<T>(logits, amplitude, noise, active);
        for (var i = 0; i < loads.Length; i++)
        {
            loads[i] += Normal.Cdf(token.Z(i));
        }
    }

    /// <summary>
    /// Adds a token's gradient. With φ the density: <c>dlogit_i += dL_i·φ/σ_i</c>, <c>dσ_i −= dL_i·φ·z_i/σ_i</c>, and the threshold, H_j of some expert j, receives
    /// <c>−dL_i·φ/σ_i</c>, which goes on to logit_j and to σ_j by ε_j.
    /// </summary>
    /// <param name="logits">Clean logits, <c>[N]</c>.</param>
    /// <param name="amplitude">The noise before the softplus, <c>[N]</c>.</param>
    /// <param name="noise">ε, <c>[N]</c>.</param>
    /// <param name="active">K, less than N.</param>
    /// <param name="dLoads">What the loads receive, <c>[N]</c>.</param>
    /// <param name="dLogits">Added to.</param>
    /// <param name="dAmplitude">Added to.</param>
    public static void Backward<T>(
        ReadOnlySpan<T> logits, ReadOnlySpan<T> amplitude, ReadOnlySpan<T> noise, int active, ReadOnlySpan<T> dLoads, Span<T> dLogits, Span<T> dAmplitude)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var token = new Token<T>(logits, amplitude, noise, active);
        for (var i = 0; i < logits.Length; i++)
        {
            var z = token.Z(i);
            var received = double.CreateTruncating(dLoads[i]) * Normal.Density(z) / token.Sigma(i);
            var j = token.Threshold(i);
            dLogits[i] += T.CreateTruncating(received);
            dLogits[j] -= T.CreateTruncating(received);
            dAmplitude[i] -= T.CreateTruncating(received * z * token.SigmaSlope(i));
            dAmplitude[j] -= T.CreateTruncating(received * double.CreateTruncating(noise[j]) * token.SigmaSlope(j));
        }
    }

    /// <summary>A token's H and the places of its K + 1 largest.</summary>
    private readonly ref struct Token<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _logits;
        private readonly ReadOnlySpan<T> _amplitude;
        private readonly T[] _h;
        private readonly int[] _best;

        public Token(ReadOnlySpan<T> logits, ReadOnlySpan<T> amplitude, ReadOnlySpan<T> noise, int active)
        {
            _logits = logits;
            _amplitude = amplitude;
            (_h, _best) = (new T[logits.Length], new int[active + 1]);
            NoisyScores.Softplus(logits, amplitude, noise, _h);
            TopK.Select<T>(_h, _best);
        }

        /// <summary>Where the K-th largest without i's own is: the next after the K largest where i is among them.</summary>
        public int Threshold(int i) => _best.AsSpan(0, _best.Length - 1).Contains(i) ? _best[^1] : _best[^2];

        public double Z(int i) => (double.CreateTruncating(_logits[i]) - double.CreateTruncating(_h[Threshold(i)])) / Sigma(i);

        public double Sigma(int i)
        {
            var a = double.CreateTruncating(_amplitude[i]);
            return Math.Max(a, 0) + double.LogP1(Math.Exp(-Math.Abs(a)));
        }

        /// <summary>The softplus's derivative.</summary>
        public double SigmaSlope(int i) => 1 / (1 + Math.Exp(-double.CreateTruncating(_amplitude[i])));
    }
}
