using MoeSharp.Data;
using MoeSharp.Modules;

namespace MoeSharp.Training;

/// <summary>Cross-entropy over the validation text, every byte of it predicted exactly once.</summary>
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
        _windows = new EvaluationWindows(text, sequence);
        _ids = new int[batch * (sequence + 1)];
        _counted = new int[batch];
        Bytes = text.Length;
    }

    /// <summary>Bytes of the text, which are its tokens.</summary>
    public int Bytes { get; }

    /// <summary>Mean cross-entropy in nats a token.</summary>
    public double Run(TransformerModule model)
    {
        // The last window counts only its last targets: on its own, it is cut down to them.
        var whole = _windows.Counted(_windows.Count - 1) == _windows.Context ? _windows.Count : _windows.Count - 1;
        var nats = 0.0;
        for (var first = 0; first < whole; first += _counted.Length)
        {
            var rows = Math.Min(_counted.Length, whole - first);
            nats += model.Evaluate(Fill(first, rows), rows).LossSum;
        }

        if (whole < _windows.Count)
        {
            nats += model.Evaluate(Fill(whole, 1)[^(_windows.Counted(whole) + 1)..], 1).LossSum;
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
