namespace MoeSharp.Modules;

/// <summary>The gates of a module, as declared.</summary>
/// <param name="Layers">Layers with a gate.</param>
/// <param name="FirstLayer">The model's index of the first of them.</param>
/// <param name="Experts">Experts of each, N.</param>
/// <param name="Active">Experts a token goes to, K.</param>
/// <param name="BiasRate">The balance bias's rate γ; null where none is declared.</param>
public sealed record GateInfo(int Layers, int FirstLayer, int Experts, int Active, double? BiasRate);
