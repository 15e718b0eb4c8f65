namespace MoeSharp.Generators.Ir;

/// <summary>Whether what an operation makes is kept for backward, or computed again there.</summary>
internal enum Recomputation
{
    /// <summary>It is kept where backward reads it.</summary>
    None,

    /// <summary>It is not kept: backward computes it again.</summary>
    Later,

    /// <summary>This is the operation that computes it again.</summary>
    Again,
}
