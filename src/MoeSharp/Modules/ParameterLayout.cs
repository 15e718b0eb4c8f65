using MoeSharp.Runtime;

namespace MoeSharp.Modules;

/// <summary>How a parameter starts.</summary>
public enum Initialization
{
    /// <summary>Drawn from N(0, 0.02).</summary>
    Normal,

    /// <summary>All ones: the scale of a norm. Such parameters are not decayed.</summary>
    Ones,

    /// <summary>All zeros: a bias, a gate that begins without an opinion, or without noise. Only matrices are decayed.</summary>
    Zeros,
}

/// <summary>A tensor of the state dictionary: a parameter, or some rows of a packed one under their Hugging Face name.</summary>
/// <param name="Name">Name in <c>state_dict</c>.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Offset">Elements from the start of the parameter.</param>
public sealed record StateEntry(string Name, IReadOnlyList<long> Shape, long Offset);

/// <summary>A parameter in the flat buffer.</summary>
/// <param name="Name">Name in <c>named_parameters</c>.</param>
/// <param name="Shape">Its shape; experts are packed, <c>[N, rows, columns]</c>.</param>
/// <param name="Initialization">How it starts.</param>
/// <param name="State">The tensors it appears as in <c>state_dict</c>.</param>
public sealed record ParameterInfo(string Name, IReadOnlyList<long> Shape, Initialization Initialization, IReadOnlyList<StateEntry> State)
{
    /// <summary>Elements.</summary>
    public long Elements { get; } = Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Elements from the start of the flat buffer.</summary>
    public long Offset { get; init; }

    /// <summary>Where it lies in the buffer, as a matrix.</summary>
    internal ParameterPlace Place => new(Offset, checked((int)(Elements / Shape[^1])), checked((int)Shape[^1]));

    /// <summary>Whether it is a stack of matrices, one an expert.</summary>
    internal bool IsExperts => Shape.Count == 3;

    /// <summary>Whether the optimiser decays it: matrices, and no norms and biases, of which experts have one each in a parameter of two dimensions.</summary>
    public bool Decays => State[0].Shape.Count > 1;
}

/// <summary>
/// The parameters of a module in one flat buffer: those that decay first, the others as one tail, every one at a multiple of 64 bytes in any type.
/// Filled by generated code, one call a parameter.
/// </summary>
public sealed class ParameterLayout
{
    /// <summary>Offsets are multiples of this many elements: 64 bytes in bfloat16, more in wider types.</summary>
    private const long Alignment = 32;

    private readonly List<ParameterInfo> _added = [];
    private readonly LayerPlaces _layers = new();
    private Dictionary<string, ParameterInfo>? _placed;
    private long _count;
    private long _decayCount;

    /// <summary>All parameters, in the order of the buffer.</summary>
    public IReadOnlyList<ParameterInfo> Parameters => [.. Placed.Values];

    /// <summary>Elements of the buffer, padding included.</summary>
    public long Count => Placed is { } ? _count : 0;

    /// <summary>Elements at the front of the buffer that decay.</summary>
    public long DecayCount => Placed is { } ? _decayCount : 0;

    /// <summary>Names of the balance biases, one a layer with a gate; empty where none is declared.</summary>
    public List<string> BalanceBiases { get; } = [];

    private Dictionary<string, ParameterInfo> Placed => _placed ??= Place();

    /// <summary>Whether there is a parameter of that name.</summary>
    internal bool Contains(string name) => Placed.ContainsKey(name);

    /// <summary>A parameter by its name.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public ParameterInfo this[string name] => Placed.TryGetValue(name, out var info)
        ? info
        : throw new KeyNotFoundException($"There is no parameter '{name}'. There are: {string.Join(", ", Placed.Keys.Take(20))}.");

    /// <summary>Where a parameter of a layer lies.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    internal ParameterPlace PlaceOf(LayerParameterName name) => _layers.Find(name, this);

    /// <summary>Adds a matrix whose own name is Hugging Face's.</summary>
    public void Matrix(string name, params long[] shape) => _added.Add(new ParameterInfo(name, shape, Initialization.Normal, [new StateEntry(name, shape, 0)]));

    /// <summary>Adds a matrix or a vector that starts at zero, whose own name is Hugging Face's.</summary>
    public void Zeros(string name, params long[] shape) => _added.Add(new ParameterInfo(name, shape, Initialization.Zeros, [new StateEntry(name, shape, 0)]));

    /// <summary>Adds a matrix that packs several Hugging Face tensors, one after the other by rows.</summary>
    public void Packed(string name, long columns, params (string Name, long Rows)[] parts)
    {
        var state = new List<StateEntry>();
        long row = 0;
        foreach (var part in parts)
        {
            state.Add(new StateEntry(part.Name, [part.Rows, columns], row * columns));
            row += part.Rows;
        }

        _added.Add(new ParameterInfo(name, [row, columns], Initialization.Normal, state));
    }

    /// <summary>Adds a stack of one matrix an expert, <c>[experts, rows, columns]</c>; <c>{0}</c> in a part's name stands for the expert.</summary>
    public void Experts(string name, long experts, long columns, params (string Name, long Rows)[] parts)
    {
        var rows = parts.Sum(part => part.Rows);
        var state = new List<StateEntry>();
        for (long expert = 0; expert < experts; expert++)
        {
            var row = expert * rows;
            foreach (var part in parts)
            {
                state.Add(new StateEntry(string.Format(System.Globalization.CultureInfo.InvariantCulture, part.Name, expert), [part.Rows, columns], row * columns));
                row += part.Rows;
            }
        }

        _added.Add(new ParameterInfo(name, [experts, rows, columns], Initialization.Normal, state));
    }

    /// <summary>Adds the bias of a linear map, or of several packed one after the other.</summary>
    public void Bias(string name, params (string Name, long Width)[] parts) => Biases(name, [parts.Sum(part => part.Width)], 1, parts);

    /// <summary>Adds a bias an expert, <c>[experts, width]</c>; <c>{0}</c> in a part's name stands for the expert.</summary>
    public void ExpertBiases(string name, long experts, params (string Name, long Width)[] parts) =>
        Biases(name, [experts, parts.Sum(part => part.Width)], experts, parts);

    /// <summary>Adds the scale of a norm.</summary>
    public void Norm(string name, long width) => _added.Add(new ParameterInfo(name, [width], Initialization.Ones, [new StateEntry(name, [width], 0)]));

    private void Biases(string name, long[] shape, long experts, (string Name, long Width)[] parts)
    {
        var state = new List<StateEntry>();
        long offset = 0;
        for (long expert = 0; expert < experts; expert++)
        {
            foreach (var part in parts)
            {
                state.Add(new StateEntry(string.Format(System.Globalization.CultureInfo.InvariantCulture, part.Name, expert), [part.Width], offset));
                offset += part.Width;
            }
        }

        _added.Add(new ParameterInfo(name, shape, Initialization.Zeros, state));
    }

    private Dictionary<string, ParameterInfo> Place()
    {
        var placed = new Dictionary<string, ParameterInfo>(_added.Count);
        foreach (var info in _added.OrderBy(info => info.Decays ? 0 : 1))
        {
            placed.Add(info.Name, info with { Offset = _count });
            _count += (info.Elements + Alignment - 1) / Alignment * Alignment;
            _decayCount = info.Decays ? _count : _decayCount;
        }

        return placed;
    }
}
