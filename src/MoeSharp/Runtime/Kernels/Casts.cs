namespace MoeSharp.Runtime;

/// <summary>Copies between the type activations are in and the narrower one they are handed over in.</summary>
internal static unsafe class Casts
{
    private const int ElementsPerTask = 1 << 16;

    /// <summary>to = from, rounded to the nearest, over runs of one length.</summary>
    public static void Copy<TFrom, TTo>(Workers workers, FlatSpan<TFrom> from, FlatSpan<TTo> to)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        if (from.Length != to.Length)
        {
            throw new ArgumentException($"Casts.Copy: {from.Length} elements do not fit {to.Length}.", nameof(to));
        }

        workers.Run(checked((int)((from.Length + ElementsPerTask - 1) / ElementsPerTask)), task =>
        {
            var first = (nint)task * ElementsPerTask;
            Stored.Copy(from.Pointer + first, to.Pointer + first, nint.Min(ElementsPerTask, from.Length - first));
        });
    }

    /// <summary>to = from, rounded to the nearest.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="from">[rows, columns], row-major.</param>
    /// <param name="to">[rows, columns], row-major.</param>
    public static void Copy<TFrom, TTo>(Workers workers, Matrix<TFrom> from, Matrix<TTo> to)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        Require.Shape("Casts.Copy", to, from.Rows, from.Columns);
        workers.For(from.Rows, Elementwise.RowsPerTask(from.Columns), (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                Stored.Copy(from.Pointer + (row * from.RowStride), to.Pointer + (row * to.RowStride), from.Columns);
            }
        });
    }
}
