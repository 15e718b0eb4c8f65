using MoeSharp.Runtime;

namespace MoeSharp.Modules;

/// <summary>A parameter as a matrix of the flat buffer.</summary>
/// <param name="Offset">Elements from the start of the buffer.</param>
/// <param name="Rows">Its rows: one of a vector, those of all experts of a stack.</param>
/// <param name="Columns">Its columns.</param>
internal readonly record struct ParameterPlace(long Offset, int Rows, int Columns);

/// <summary>
/// Where the parameters of every layer lie, by the literals that generated code names them with. A step asks for a hundred, one layer's at a time and between
/// kernels: in the middle of a step a dictionary and the strings in it are in no cache, and the workers wait.
/// </summary>
internal sealed class LayerPlaces
{
    private readonly Lock _gate = new();
    private Entry[][] _layers = [];

    /// <summary>Looks a name up, in the layout where it was not asked for before.</summary>
    /// <exception cref="KeyNotFoundException">The layout has no such parameter.</exception>
    public ParameterPlace Find(LayerParameterName name, ParameterLayout layout)
    {
        var layers = Volatile.Read(ref _layers);
        if ((uint)name.Layer < (uint)layers.Length)
        {
            foreach (ref readonly var entry in layers[name.Layer].AsSpan())
            {
                // The same literal is the same object.
                if (ReferenceEquals(entry.After, name.After) && ReferenceEquals(entry.Before, name.Before))
                {
                    return entry.Place;
                }
            }
        }

        var place = layout[name.ToString()].Place;
        Add(name.Layer, new Entry(name.Before, name.After, place));
        return place;
    }

    // Arrays are replaced and never written: who reads meanwhile reads the old ones.
    private void Add(int layer, Entry entry)
    {
        lock (_gate)
        {
            var layers = new Entry[Math.Max(_layers.Length, layer + 1)][];
            for (var i = 0; i < layers.Length; i++)
            {
                var known = i < _layers.Length ? _layers[i] : [];
                layers[i] = i == layer ? [.. known, entry] : known;
            }

            Volatile.Write(ref _layers, layers);
        }
    }

    private readonly record struct Entry(string Before, string After, ParameterPlace Place);
}
