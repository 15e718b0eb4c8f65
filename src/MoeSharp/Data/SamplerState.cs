namespace MoeSharp.Data;

/// <summary>Where a <see cref="BatchSampler"/> stands: all that a checkpoint needs to go on with exactly the rest of the sequence.</summary>
/// <param name="Seed">The sampler's seed.</param>
/// <param name="Epoch">Epochs finished.</param>
/// <param name="Position">Windows of this epoch already handed out.</param>
/// <param name="Context">Bytes a window predicts.</param>
/// <param name="Text">A fingerprint of the training text, 16 hexadecimal digits: a resumed run must read the same text.</param>
public sealed record SamplerState(int Seed, int Epoch, int Position, int Context, string Text);
