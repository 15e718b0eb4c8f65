using System.Numerics;
using MoeSharp.Data;

namespace MoeSharp.Runtime;

/// <summary>
/// The random numbers of one gate in one pass. They are a function of the module's seed, the pass, the layer, the stream, the token and the place in its row
/// (SplitMix64 with its state computed rather than stepped), so they are the same in either lowering, at any number of workers, and again in backward.
/// </summary>
/// <remarks>Evaluation and padding tokens draw nothing: their noise is 0, their factors are 1, their second expert stays.</remarks>
public readonly struct GateRandom
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;
    private const double Unit = 1.0 / (1UL << 53);

    private readonly ulong _key;
    private readonly bool _draws;
    private readonly bool[]? _mask;

    internal GateRandom(PassSettings settings, int sparseLayer, GateStream stream)
    {
        _key = SplitMix64.Mix(settings.RandomKey + (Gamma * (((ulong)sparseLayer << 8) + (ulong)stream)));
        (_draws, _mask) = (settings.Training, settings.Mask);
    }

    /// <summary>Whether a token has random numbers: in training, and where it is no padding.</summary>
    public bool Draws(int token) => _draws && (_mask is not { } mask || mask[token]);

    /// <summary>A number from [0, 1) for a place.</summary>
    public double Uniform(long place) => (Bits(place) >> 11) * Unit;

    /// <summary>A token's row of N(0, 1) (Box and Muller); zeros where it has no random numbers.</summary>
    public void Normal<T>(int token, Span<T> row)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!Draws(token))
        {
            row.Clear();
            return;
        }

        var first = 2L * token * row.Length;
        for (var i = 0; i < row.Length; i++)
        {
            // From (0, 1]: its logarithm is finite.
            var radius = Math.Sqrt(-2 * Math.Log(1 - Uniform(first + (2 * i))));
            row[i] = T.CreateTruncating(radius * Math.Cos(Math.Tau * Uniform(first + (2 * i) + 1)));
        }
    }

    /// <summary>A token's row of U(1 − ε, 1 + ε); ones where it has no random numbers.</summary>
    public void Factors<T>(int token, double epsilon, Span<T> row)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!Draws(token))
        {
            row.Fill(T.One);
            return;
        }

        var first = (long)token * row.Length;
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = T.CreateTruncating(1 + (epsilon * ((2 * Uniform(first + i)) - 1)));
        }
    }

    private ulong Bits(long place) => SplitMix64.Mix(_key + (Gamma * (ulong)(place + 1)));
}
