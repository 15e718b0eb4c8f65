namespace MoeSharp.Modules;

/// <summary>The gates of a module, as declared.</summary>
/// <param name="Layers">Layers with a gate.</param>
/// <param name="FirstLayer">The model's index of the first of them.</param>
/// <param name="Experts">Experts of each, N.</param>
/// <param name="Active">Experts a token goes to, K.</param>
/// <param name="BiasRate">The balance bias's rate γ; null where none is declared.</param>
public sealed record GateInfo(int Layers, int FirstLayer, int Experts, int Active, double? BiasRate)
{
    /// <summary>How counts move the balance bias.</summary>
    public BiasUpdate BiasUpdate { get; init; }

    /// <summary>The optimiser step after which the balance bias stays where it is; 0 is never.</summary>
    public int BiasUntil { get; init; }

    /// <summary>Whether a balance loss counts the tokens of all micro-batches of a step.</summary>
    public bool CountsSteps { get; init; }
}
