using System.Numerics;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>Adds up what a gate did with the tokens of a part, one after the other: scores in the gate's type, then in double; a part is short.</summary>
internal sealed unsafe class PartSums<T>(int count, int unbiased, int devices, bool weighs, int noisy)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly long[] _chosen = new long[count];
    private readonly long[] _first = new long[count];

    // What no loss asks for takes no memory: there is one of these a task of every pass in training.
    private readonly long[] _best = unbiased > 0 ? new long[count] : [];
    private readonly long[] _sent = devices > 0 ? new long[devices] : [];
    private readonly long[] _lastSent = devices > 0 ? new long[devices] : [];
    private readonly double[] _weights = weighs ? new double[count] : [];
    private readonly double[] _loads = noisy > 0 ? new double[count] : [];
    private readonly T[] _scores = new T[count];
    private double _squaredLogSumExp;
    private long _tokens;

    /// <summary>The next token, and what it chose.</summary>
    public void Choose(ReadOnlySpan<int> experts)
    {
        _tokens++;
        _first[Math.Max(0, experts[0])] += experts[0] >= 0 ? 1 : 0;
        foreach (var expert in experts)
        {
            if (expert >= 0)
            {
                _chosen[expert]++;
                Send(expert);
            }
        }
    }

    /// <summary>The scores of all tokens of the part, <c>[tokens, N]</c>.</summary>
    /// <param name="scores">Row by row.</param>
    /// <param name="shares">Whether they are divided by their sum.</param>
    /// <param name="isCounted">Whether a token takes part.</param>
    public void Score(Matrix<T> scores, bool shares, ReadOnlySpan<bool> isCounted)
    {
        using var factors = Scratch<T>.Rent(scores.Rows);
        if (shares)
        {
            TokenLanes.Sums(scores, factors.Pointer);
        }

        for (var t = 0; t < scores.Rows; t++)
        {
            factors.Pointer[t] = shares ? T.One / (factors.Pointer[t] + T.CreateTruncating(RoutingWeights.Epsilon)) : T.One;
        }

        // A register's experts at a time, over all tokens in their order.
        fixed (T* sums = _scores)
        {
            for (var i = 0; i < count; i += Vector512<T>.Count)
            {
                var sum = Vector512<T>.Zero;
                for (var t = 0; t < scores.Rows; t++)
                {
                    if (isCounted.IsEmpty || isCounted[t])
                    {
                        sum += Simd.Load(scores.Pointer + (t * scores.RowStride) + i, count - i) * Vector512.Create(factors.Pointer[t]);
                    }
                }

                Simd.Store(sum, sums + i, count - i);
            }
        }

        if (unbiased > 0)
        {
            CountBest(scores, isCounted);
        }
    }

    /// <summary>The token's routing weights.</summary>
    public void Weigh(ReadOnlySpan<int> experts, ReadOnlySpan<T> weights)
    {
        for (var k = 0; k < experts.Length; k++)
        {
            _weights[Math.Max(0, experts[k])] += experts[k] >= 0 ? double.CreateTruncating(weights[k]) : 0;
        }
    }

    /// <summary>The token's logits.</summary>
    public void LogSumExp(ReadOnlySpan<T> logits)
    {
        var z = double.CreateTruncating(RouterZLoss.LogSumExp(logits));
        _squaredLogSumExp += z * z;
    }

    /// <summary>The token's smooth loads, of a noisy gate.</summary>
    public void Load(ReadOnlySpan<T> logits, ReadOnlySpan<T> amplitude, ReadOnlySpan<T> noise) => NoisyLoad.Add(logits, amplitude, noise, noisy, _loads);

    /// <summary>All of it.</summary>
    public RoutingSums Sums() => new()
    {
        Tokens = _tokens,
        CountedTokens = _tokens,
        Chosen = _chosen,
        First = _first,
        Unbiased = _best,
        Devices = _sent,
        Scores = Array.ConvertAll(_scores, double.CreateTruncating),
        Weights = _weights,
        Loads = _loads,
        SquaredLogSumExp = _squaredLogSumExp,
    };

    private void CountBest(Matrix<T> scores, ReadOnlySpan<bool> isCounted)
    {
        using var room = Scratch<int>.Rent(scores.Rows * unbiased);
        var best = new Matrix<int>(room.Pointer, scores.Rows, unbiased);
        Selection.TopK(0, scores.Rows, scores, best);
        for (var t = 0; t < scores.Rows; t++)
        {
            if (isCounted.IsEmpty || isCounted[t])
            {
                foreach (var expert in best.Row(t))
                {
                    _best[expert]++;
                }
            }
        }
    }

    // A device gets a token once, however many of its experts the token chose.
    private void Send(int expert)
    {
        if (devices > 0 && expert / (count / devices) is var device && _lastSent[device] != _tokens)
        {
            _lastSent[device] = _tokens;
            _sent[device]++;
        }
    }
}
