using MoeSharp.Modules;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime;

/// <summary>Parameters by names with the layer in them.</summary>
public unsafe class FlatViewTests
{
    private static readonly string[] s_kinds = ["norm", "up", "down"];

    // Twice each: the second time a name is known, and it is known apart from the same words of another layer, and from those before and after the layer.
    [Fact]
    public void ANameWithALayerFindsWhatTheWholeNameFinds()
    {
        var view = View(layers: 3);
        for (var time = 0; time < 2; time++)
        {
            for (var layer = 2; layer >= 0; layer--)
            {
                Same(view[string.Concat("a.", $"{layer}", ".norm")], view[$"a.{layer}.norm"]);
                Same(view[string.Concat("a.", $"{layer}", ".up")], view[$"a.{layer}.up"]);
                Same(view[string.Concat("a.", $"{layer}", ".down")], view[$"a.{layer}.down"]);
                Same(view[string.Concat("b.", $"{layer}", ".up")], view[$"b.{layer}.up"]);
                Same(view[string.Concat("b.", $"{layer}")], view[$"b.{layer}"]);
                Same(view[string.Concat($"{layer}", ".up")], view[$"{layer}.up"]);
            }
        }
    }

    [Fact]
    public void ALayerThatIsNotThereIsNamed()
    {
        var view = View(layers: 3);
        var layer = 3;

        Assert.Contains("'a.3.up'", Assert.Throws<KeyNotFoundException>(() => view[$"a.{layer}.up"]).Message, StringComparison.Ordinal);
        layer = -1;
        Assert.Contains("'a.-1.up'", Assert.Throws<KeyNotFoundException>(() => view[$"a.{layer}.up"]).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => view[$"a.{layer}.{layer}"]);
    }

    // Nothing is read: the address is that of no memory.
    private static FlatView<float> View(int layers)
    {
        var layout = new ParameterLayout();
        for (var layer = 0; layer < layers; layer++)
        {
            foreach (var (kind, at) in s_kinds.Select((kind, at) => (kind, at)))
            {
                layout.Matrix($"a.{layer}.{kind}", layer + 2, at + 5);
                layout.Matrix($"b.{layer}.{kind}", layer + 7, at + 3);
            }

            layout.Matrix($"b.{layer}", 1, 2);
            layout.Norm($"{layer}.up", layer + 4);
        }

        return new FlatView<float>((float*)4096, layout);
    }

    private static void Same(Matrix<float> expected, Matrix<float> found) =>
        Assert.Equal(((nint)expected.Pointer, expected.Rows, expected.Columns), ((nint)found.Pointer, found.Rows, found.Columns));
}
