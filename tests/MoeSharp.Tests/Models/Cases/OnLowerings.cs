using MoeSharp.Modules;
using Xunit;

namespace MoeSharp.Tests.Models.Cases;

/// <summary>Cases by name, each on both lowerings.</summary>
internal static class OnLowerings
{
    /// <summary>Every name with the kernels, and with TorchSharp's operations.</summary>
    public static TheoryData<string, Lowering> Of(IEnumerable<string> names)
    {
        var data = new TheoryData<string, Lowering>();
        foreach (var name in names)
        {
            data.Add(name, Lowering.Kernels);
            data.Add(name, Lowering.Torch);
        }

        return data;
    }
}
