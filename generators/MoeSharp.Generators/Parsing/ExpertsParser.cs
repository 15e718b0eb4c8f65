using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Parsing;

/// <summary>The experts, split as declared (DeepSeekMoE, arXiv 2401.06066 §3.1), so that no later stage knows of segments.</summary>
internal static class ExpertsParser
{
    public static ExpertsSpec Parse(Arguments word, Arguments? gate, int? droppingDevices, TransformerSpec? transformer)
    {
        int hidden = word.Int32("Hidden");
        int segments = word.Int32("Segments", 1);

        // What cannot be split is left whole: the Check pass says why.
        int split = segments > 1 && hidden % segments == 0 ? segments : 1;
        return new(
            Times(word.Int32("Count"), split),
            Times(word.Int32("Active"), split),
            word.Int32("Shared"),
            hidden / split,
            word.Has("Dim") ? word.Int32("Dim") : transformer?.Dim ?? 0)
        {
            Segments = segments,
            Whole = hidden,
            Activation = (ActivationKind)word.Int32("Activation"),
            Bias = word.Boolean("Bias"),
            SharedGate = word.Boolean("SharedGate"),
            Devices = word.Has("Devices") ? word.Int32("Devices") : droppingDevices ?? gate?.Int32("Groups", 1) ?? 1,
        };
    }

    /// <summary>A product that stays at the largest number instead of overflowing: too many experts are a diagnostic.</summary>
    private static int Times(int count, int segments) => (int)Math.Max(int.MinValue, Math.Min(int.MaxValue, (long)count * segments));
}
