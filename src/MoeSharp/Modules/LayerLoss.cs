namespace MoeSharp.Modules;

/// <summary>A balance loss of a layer's gate.</summary>
/// <param name="Layer">The model's index of the layer.</param>
/// <param name="Name">The word that declares it.</param>
/// <param name="Value">The loss before its weight: the mean over the training passes since the last update.</param>
/// <param name="Weight">Its weight, as declared.</param>
public readonly record struct LayerLoss(int Layer, string Name, double Value, double Weight);
