using MoeSharp.Data;
using MoeSharp.Modules;

namespace MoeSharp.Training;

/// <summary>
/// Cross-entropy over the validation text, every byte of it predicted exactly once. Windows overlap by half: a byte sees at least half a window of
/// text before it, as it would in use.
/// </summary>
internal sealed class Validation
{
    private readonly EvaluationWindows _windows;
    private readonly int[] _ids;
    private readonly int[] _counted;

    /// <summary>Lays the windows.</summary>
    /// <param name="text">The text.</param>
    /// <param name="sequence">Targets a window.</param>
    /// <param name="batch">Windows at a time.</param>
    public Validation(byte[] text, int sequence, int batch)
    {
        _windows = new EvaluationWindows(text, sequence, Math.Max(1, sequence / 2));
        _ids = new int[batch * (sequence + 1)];
        _counted = new int[batch];
        Bytes = text.Length;
    }

    /// <summary>Bytes of the text, which are its tokens.</summary>
    public int Bytes { get; }

    /// <summary>Mean cross-entropy in nats a token.</summary>
    public double Run(TransformerModule model)
    {
        var nats = 0.0;
        for (var first = 0; first < _windows.Count; first += _counted.Length)
        {
            var rows = Math.Min(_counted.Length, _windows.Count - first);
            nats += model.Evaluate(Fill(first, rows), rows, _counted.AsSpan(0, rows)).LossSum;
        }

        return nats / Bytes;
    }

    private ReadOnlySpan<int> Fill(int first, int rows)
    {
        var ids = _ids.AsSpan(0, rows * (_windows.Context + 1));
        _windows.Fill(first, ids, _counted.AsSpan(0, rows));
        return ids;
    }
}
