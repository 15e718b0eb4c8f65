using System.Reflection;
using TorchSharp;
using Xunit;

namespace MoeSharp.Tests.Bridge;

/// <summary>
/// TorchBridge has nothing that TorchSharp has not: every public type and member is in the list of TorchSharp 0.106's API, with the same
/// parameters, names
/// and defaults. So code that compiles here compiles there.
/// </summary>
public class SurfaceTests
{
    private static readonly HashSet<string> TorchSharp = ReadList();

    [Fact]
    public void TheListIsWhatItShouldBe()
    {
        Assert.Contains("class Tensor", TorchSharp);
        Assert.Contains("  Tensor Tensor add(Tensor target, Scalar alpha)", TorchSharp);
        Assert.True(TorchSharp.Count > 4000);
    }

    [Fact]
    public void EveryTypeIsTorchSharps()
    {
        var unknown = Types().Select(ApiNotation.Header).Where(line => !TorchSharp.Contains(line));
        Assert.Empty(unknown);
    }

    [Fact]
    public void EveryMemberIsTorchSharps()
    {
        var unknown = Types().SelectMany(ApiNotation.Members).Where(line => !TorchSharp.Contains(line));
        Assert.Empty(unknown);
    }

    private static IEnumerable<Type> Types() => typeof(torch).Assembly.GetExportedTypes();

    private static HashSet<string> ReadList()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("torchsharp-0.106.api.txt")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n').Where(line => !line.StartsWith('#'))];
    }
}
