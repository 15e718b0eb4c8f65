using MoeSharp.Runtime;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Runtime;

/// <summary>Rounding to bfloat16, one number at a time and by vectors, is torch's.</summary>
public unsafe class BFloat16Tests
{
    private static readonly float[] s_values =
    [
        .. new[]
        {
            0f, -0f, 1f, 1.00390625f, 1.01171875f, 1.0039063f, -1.00390625f, 3.3895314e38f, float.MaxValue, float.Epsilon, 1e-40f,
            float.PositiveInfinity, float.NegativeInfinity,
        },
        .. Enumerable.Range(0, 1000).Select(seed => (float)((new Random(seed).NextDouble() - 0.5) * Math.Pow(10, (seed % 60) - 30))),
    ];

    [Fact]
    public void RoundsAsTorchDoes()
    {
        using var scope = NewDisposeScope();
        var expected = tensor(s_values).to(ScalarType.BFloat16).to(ScalarType.Float32).data<float>().ToArray();
        Assert.Equal(expected, s_values.Select(value => (float)(BFloat16)value));
        Assert.Equal(expected, Through(s_values));
    }

    [Fact]
    public void NotANumberStaysOne()
    {
        // All bits of the lower half: rounding would carry them into infinity.
        float[] values = [float.NaN, BitConverter.UInt32BitsToSingle(0x7F80FFFF), BitConverter.UInt32BitsToSingle(0xFF800001)];
        Assert.All(values, value => Assert.True(float.IsNaN((float)(BFloat16)value)));
        Assert.All(Through(values), value => Assert.True(float.IsNaN(value)));
        Assert.All(Through([.. Enumerable.Repeat(values, 8).SelectMany(value => value)]), value => Assert.True(float.IsNaN(value)));
    }

    private static float[] Through(float[] values)
    {
        var narrow = new BFloat16[values.Length];
        var back = new float[values.Length];
        fixed (float* from = values)
        fixed (BFloat16* to = narrow)
        fixed (float* again = back)
        {
            Stored.Copy(from, to, values.Length);
            Stored.Copy(to, again, values.Length);
        }

        return back;
    }
}
