namespace MoeSharp.Runtime;

/// <summary>The standard normal distribution in double, which .NET has no function for.</summary>
internal static class Normal
{
    private const double InverseSqrtTau = 0.39894228040143267794;

    // Beyond it a continued fraction converges quickly, below it a series.
    private const double Far = 3;

    /// <summary><c>φ(x) = exp(−x²/2)/√(2π)</c>.</summary>
    public static double Density(double x) => InverseSqrtTau * Math.Exp(-0.5 * x * x);

    /// <summary><c>Φ(x)</c>, the probability of at most x, to about 1e-15.</summary>
    public static double Cdf(double x) => Math.Abs(x) switch
    {
        double.NaN => double.NaN,
        < Far => 0.5 + (Density(x) * Series(x)),
        var far => x > 0 ? 1 - Tail(far) : Tail(far),
    };

    /// <summary><c>(Φ(x) − ½)/φ(x) = x + x³/3 + x⁵/(3·5) + …</c></summary>
    private static double Series(double x)
    {
        var (sum, term) = (x, x);
        for (var n = 3; Math.Abs(term) > 1e-17 * Math.Abs(sum); n += 2)
        {
            term *= x * x / n;
            sum += term;
        }

        return sum;
    }

    /// <summary><c>1 − Φ(x) = φ(x)/(x + 1/(x + 2/(x + 3/(x + …))))</c> for a large x.</summary>
    private static double Tail(double x)
    {
        var fraction = x;
        for (var n = 60; n > 0; n--)
        {
            fraction = x + (n / fraction);
        }

        return Density(x) / fraction;
    }
}
