using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>
/// The load of one gate in one pass: how many tokens chose each expert, and how sure the gate was. Its tasks add it up while the rows of their tokens are in cache;
/// what they add does not depend on who computes which: counts are whole numbers, and the entropy's sum has a place a task.
/// </summary>
public sealed class GateLoad
{
    private const int MostOnStack = 1024;

    private readonly Lock _oneAtATime = new();
    private readonly RoutingLog _log;
    private readonly int _sparseLayer;
    private readonly bool[]? _mask;
    private readonly int _grain;
    private readonly long[] _counts;
    private readonly double[] _entropies;
    private long _tokens;

    internal GateLoad(RoutingLog log, PassSettings settings, int sparseLayer, int grain)
    {
        _log = log;
        _sparseLayer = sparseLayer;
        _mask = settings.Mask;
        _grain = grain;
        _counts = new long[log.Experts];
        _entropies = new double[(settings.Tokens + grain - 1) / grain];
    }

    /// <summary>Adds the tokens of one task; padding is left out.</summary>
    /// <param name="first">The task's first token.</param>
    /// <param name="end">The one after its last.</param>
    /// <param name="experts">The chosen experts, <c>[tokens, K]</c>, before any was dropped; −1 for a slot without one.</param>
    /// <param name="scores">The scores of all experts, <c>[tokens, N]</c>.</param>
    public void Add<T>(int first, int end, Matrix<int> experts, Matrix<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<int> counts = _counts.Length <= MostOnStack ? stackalloc int[_counts.Length] : new int[_counts.Length];
        counts.Clear();
        var (entropy, tokens) = (0.0, 0);
        for (var t = first; t < end; t += RouterEntropy.MostTokens)
        {
            var beside = Math.Min(end - t, RouterEntropy.MostTokens);
            var entropies = RouterEntropy.Of(scores, t, beside);
            for (var lane = 0; lane < beside; lane++)
            {
                if (_mask is null || _mask[t + lane])
                {
                    Count(experts.Row(t + lane), counts);
                    entropy += entropies[lane];
                    tokens++;
                }
            }
        }

        _entropies[first / _grain] = entropy;
        lock (_oneAtATime)
        {
            _tokens += tokens;
            for (var expert = 0; expert < counts.Length; expert++)
            {
                _counts[expert] += counts[expert];
            }
        }
    }

    /// <summary>Reports the load of all tasks, when they are done.</summary>
    public void Report()
    {
        _log.Add(_sparseLayer, _counts);
        _log.AddEntropy(_sparseLayer, _entropies.Sum(), _tokens);
    }

    private static void Count(ReadOnlySpan<int> experts, Span<int> counts)
    {
        foreach (var expert in experts)
        {
            if (expert >= 0)
            {
                counts[expert]++;
            }
        }
    }
}
