using MoeSharp.Generators.Ir;
using static MoeSharp.Generators.Emission.Kernels.KernelOps;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>
/// The load in the gate's region on the CPU, and what the balance losses count and sum: in training, each task of the gate's pass adds its tokens at its end, while
/// their rows are in cache.
/// </summary>
internal static class KernelLoad
{
    /// <summary>What the gate chose, of which some may be dropped before the dispatch.</summary>
    public static string Chosen(Op op) => RouteOptions.Chosen(op.Outputs) is { } all ? Emission.Names.Of(all) : Out(op, 1);

    /// <summary>Before the pass.</summary>
    public static void Begin(Op op, SourceWriter to)
    {
        if (!RouteOptions.Counts(op))
        {
            return;
        }

        to.Line();
        to.Line($"// the load, for {(RouteOptions.Of(op).HasBias ? "the balance bias and " : string.Empty)}the report; null in evaluation, where no counter moves");
        to.Line($"var load = pass.Routing.BeginLoad(sparseLayer, grain: {KernelRoute.Grain});");
        KernelBalance.Begin(op, Chosen(op), Out(op, 2), to);
        to.Line();
    }

    /// <summary>In the pass, at the end of the task from token <c>first</c> to before token <c>last</c>.</summary>
    public static void Add(Op op, SourceWriter to)
    {
        if (!RouteOptions.Counts(op))
        {
            return;
        }

        to.Line($"load?.Add(first, last, {Chosen(op)}, {Out(op, 2)});", "c_i and the scores' entropy");
        KernelBalance.Add(op, to);
    }

    /// <summary>After the pass.</summary>
    public static void Report(Op op, SourceWriter to)
    {
        if (!RouteOptions.Counts(op))
        {
            return;
        }

        to.Line();
        to.Line("load?.Report();");
        KernelBalance.Report(op, to);
    }
}
