using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Recomputation;

/// <summary>Modules of the same parameters that have the same numbers, random ones to come included.</summary>
internal static class Filled
{
    public static TModule Of<TModule>(Func<TModule> create, Lowering lowering, ScalarType type)
        where TModule : FlatModule
    {
        var module = create();
        module.to(type);
        module.Lowering = lowering;
        Draw.Fill(module, 7);
        module.GateRandomState = new GateRandomState(6, 0);
        return module;
    }
}
