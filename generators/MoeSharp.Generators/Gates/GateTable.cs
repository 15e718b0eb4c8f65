using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Gates;

/// <summary>The kinds of gates of the language, one row each.</summary>
internal static class GateTable
{
    public static readonly Gate[] All =
    [
        new SoftmaxGate(),
        new SigmoidGate(),
        new NoisyTopKGate(),
        new TwoLayerGate(),
        new SubExpertGate(),
        new ExpertChoiceGate(),
    ];

    /// <summary>Every option that some kind knows, in the order of the kinds.</summary>
    public static readonly string[] Options = [.. All.SelectMany(gate => gate.Common.Concat(gate.Own.Select(own => own.Name))).Distinct()];

    /// <summary>The row of a kind; softmax where there is no such kind, which the Check pass says.</summary>
    public static Gate Of(GateKind kind) => All.FirstOrDefault(gate => gate.Kind == kind) ?? All[0];

    /// <summary>The row of a gate's region.</summary>
    public static Gate Of(Op op) => Of((GateKind)op.Int("kind"));
}
