using MoeSharp.Training;

namespace MoeSharp.Modules;

/// <summary>What was declared of a model, written down by the generator.</summary>
public sealed record ModelDescription
{
    /// <summary>The class's name.</summary>
    public required string Name { get; init; }

    /// <summary>Token ids.</summary>
    public required int Vocab { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Dim { get; init; }

    /// <summary>Layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Tokens in a sequence, at most.</summary>
    public required int Context { get; init; }

    /// <summary>Parameters, FLOPs and bytes.</summary>
    public required ModelCard Card { get; init; }

    /// <summary>The configuration under Hugging Face's field names, in order.</summary>
    public required IReadOnlyList<KeyValuePair<string, object>> Config { get; init; }

    /// <summary>How it is trained unless an option says otherwise.</summary>
    public required TrainingRecipe Recipe { get; init; }
}
