using System.Linq;
using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Ir;

/// <summary>The sizes known only when a program runs.</summary>
internal enum Symbol
{
    /// <summary>No symbol: the size is a constant.</summary>
    None,

    /// <summary>Rows of a batch: sequences times tokens in each.</summary>
    Tokens,
}

/// <summary>One dimension: a constant, or a constant times a symbol (<c>4·tokens</c>: every token in each of its four experts).</summary>
internal readonly record struct Dim(int Factor, Symbol Symbol)
{
    public static Dim Tokens { get; } = new(1, Symbol.Tokens);

    public static implicit operator Dim(int constant) => new(constant, Symbol.None);

    public override string ToString() => (Symbol, Factor) switch
    {
        (Symbol.None, _) => Literals.Int(Factor),
        (_, 1) => "tokens",
        _ => Literals.Int(Factor) + "·tokens",
    };
}

/// <summary>A tensor's shape.</summary>
internal sealed record Shape(EquatableArray<Dim> Dims)
{
    public Shape(params Dim[] dims)
        : this(new EquatableArray<Dim>([.. dims]))
    {
    }

    /// <summary>The last dimension of a matrix.</summary>
    public int Columns => Dims[Dims.Count - 1].Factor;

    /// <summary>Elements for each token of the batch; what a buffer costs. Zero for shapes without tokens.</summary>
    public long PerToken => Dims.Any(dim => dim.Symbol == Symbol.Tokens) ? Elements : 0;

    /// <summary>The product of all factors.</summary>
    public long Elements => Dims.Aggregate(1L, (product, dim) => product * dim.Factor);

    public override string ToString() => "[" + string.Join(", ", Dims.Select(dim => dim.ToString())) + "]";
}
