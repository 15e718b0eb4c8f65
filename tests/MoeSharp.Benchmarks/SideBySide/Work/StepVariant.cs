namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>The example's model as it is declared, or with one word more.</summary>
internal enum StepVariant
{
    /// <summary>As it is declared.</summary>
    Declared,

    /// <summary><c>[Recompute(Activations)]</c>.</summary>
    Activations,

    /// <summary><c>[Recompute(Block)]</c>.</summary>
    Block,

    /// <summary><c>[Train(Precision = BFloat16)]</c>.</summary>
    BFloat16,
}
