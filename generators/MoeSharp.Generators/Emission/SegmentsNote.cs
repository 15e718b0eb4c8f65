using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Emission;

/// <summary>What fine-grained segmentation made of the declared experts, in words for the card and the header.</summary>
internal static class SegmentsNote
{
    /// <summary>Null where nothing was split.</summary>
    public static string? Of(ModelSpec spec) => spec.Experts is { IsSegmented: true } e
        ? $"{e.Count} experts of hidden width {e.Hidden}, {e.Active} active: {e.Count / e.Segments} of {e.Whole}, {e.Active / e.Segments} active, in {e.Segments} segments each"
          + (e.Shared > 0 ? $"; {e.Shared} shared of {e.Hidden}" : string.Empty)
        : null;
}
