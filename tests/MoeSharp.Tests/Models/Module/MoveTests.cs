using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary><c>to()</c> replaces the flat buffer and makes the parameters views of the new one.</summary>
public class MoveTests
{
    [Fact]
    public void RebuildsTheViews()
    {
        using var scope = NewDisposeScope();
        using var layer = new SigmoidGroups();
        Draw.Fill(layer, 1);
        var before = layer.Parameters.Weights.to(ScalarType.Float64);
        layer.to(ScalarType.Float64);
        Assert.True(before.allclose(layer.Parameters.Weights, 0, 0));
        Assert.All(layer.parameters(), parameter => Assert.Equal(ScalarType.Float64, parameter.dtype));
        using (no_grad())
        {
            layer.Parameters.Weights.fill_(3);
        }

        Assert.All(layer.parameters(), parameter => Assert.True(parameter.eq(3).all().item<bool>()));
        Assert.All(layer.state_dict().Where(entry => !entry.Key.EndsWith("bias", StringComparison.Ordinal)), entry => Assert.True(entry.Value.eq(3).all().item<bool>()));
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void TheBalanceBiasStaysFloat32(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var parent = new Parent();
        Draw.Fill(parent.Experts, 1);
        var before = parent.Experts.state_dict()["gate.e_score_correction_bias"].clone();
        parent.to(type);
        var bias = parent.Experts.named_buffers().Single().buffer;
        Assert.Equal(ScalarType.Float32, bias.dtype);
        Assert.Equal(before.bytes.ToArray(), bias.bytes.ToArray());
        Assert.All(parent.parameters(), parameter => Assert.Equal(type, parameter.dtype));
    }

    [Fact]
    public void CarriesFrozenParametersAndGradients()
    {
        using var scope = NewDisposeScope();
        using var layer = new SoftmaxRaw();
        Named(layer, "gate.weight").requires_grad = false;
        layer.forward(Draw.Normal(1, 1, ScalarType.Float32, 6, 8)).sum().backward();
        var before = Named(layer, "experts.down_proj").grad!.to(ScalarType.Float64);
        layer.to(ScalarType.Float64);
        Assert.False(Named(layer, "gate.weight").requires_grad);
        Assert.Null(Named(layer, "gate.weight").grad);
        Assert.True(Named(layer, "experts.down_proj").requires_grad);
        Assert.True(before.allclose(Named(layer, "experts.down_proj").grad!, 0, 0));
    }

    [Fact]
    public void ToADeviceKeepsTheResult()
    {
        using var scope = NewDisposeScope();
        using var parent = new Parent();
        using var input = Draw.Normal(1, 1, ScalarType.Float32, 2, 3, 10);
        var before = parent.forward(input).bytes.ToArray();
        parent.to(CPU);
        Assert.Equal(before, parent.forward(input).bytes.ToArray());
        parent.to(CPU, ScalarType.Float64);
        Assert.Equal(ScalarType.Float64, parent.forward(input.to(ScalarType.Float64)).dtype);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void WhatTheUsersHalfOfTheClassHasMovesToo(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var layer = new SigmoidGroups();
        layer.register_parameter("temperature", new TorchSharp.Modules.Parameter(ones(3)));
        layer.register_buffer("seen", ones(2));
        layer.register_buffer("steps", ones(2, dtype: ScalarType.Int64));
        layer.to(type);
        Assert.Equal(type, layer.get_parameter("temperature")!.dtype);
        Assert.Equal(type, layer.get_buffer("seen")!.dtype);
        Assert.Equal(ScalarType.Int64, layer.get_buffer("steps")!.dtype);
        Assert.Equal(ScalarType.Float32, layer.get_buffer("gate.e_score_correction_bias")!.dtype);
        layer.forward(ones(2, 3, 10, dtype: type)).sum().backward();
        Assert.Null(layer.get_parameter("temperature")!.grad);
    }

    [Fact]
    public void WholeNumbersAreRefused()
    {
        using var layer = new SoftmaxRaw();
        Assert.ThrowsAny<ArgumentException>(() => layer.to(ScalarType.Int32));
    }

    private static Tensor Named(nn.Module module, string name) => module.named_parameters().Single(named => named.name == name).parameter;
}
