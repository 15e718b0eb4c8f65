using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary>Parameters are views of one flat buffer: at multiples of 64 bytes, zeros between them, norms at the end.</summary>
public class ParameterViewTests
{
    public static TheoryData<string> Names => [.. LayerCase.All.Keys, .. ModelCase.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public unsafe void LieAtMultiplesOf64Bytes(string name)
    {
        using var scope = NewDisposeScope();
        using var module = Create(name);
        var start = (long)TensorMemory.Pointer<float>(module.Parameters.Weights);
        long end = 0;
        foreach (var info in module.Parameters.Layout)
        {
            var address = (long)TensorMemory.Pointer<float>(module.named_parameters().Single(named => named.name == info.Name).parameter);
            Assert.Equal(info.Offset * sizeof(float), address - start);
            Assert.Equal(0, address % 64);
            Assert.Equal(0, info.Offset * 2 % 64); // in bfloat16, too
            Assert.True(info.Offset >= end);
            end = info.Offset + info.Elements;
        }

        Assert.True(end <= module.Parameters.Count);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void VectorsAreTheTail(string name)
    {
        using var module = Create(name);
        foreach (var info in module.Parameters.Layout)
        {
            // The biases of experts are a vector each, packed as rows.
            var isVector = info.Shape.Count == 1 || info.Name.EndsWith("_proj_bias", StringComparison.Ordinal);
            Assert.Equal(isVector, info.Offset >= module.Parameters.DecayCount);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PaddingIsZero(string name)
    {
        using var scope = NewDisposeScope();
        using var module = Create(name);
        Draw.Fill(module, 2);
        AssertPaddingIsZero(module, module.Parameters.Weights);
        module.to(ScalarType.Float64);
        AssertPaddingIsZero(module, module.Parameters.Weights);
        if (module is TransformerModule model)
        {
            model.Step([1, 2, 3, 4, 5, 6], batch: 2, lossScale: 1, auxiliaryScale: 1);
            AssertPaddingIsZero(module, module.Parameters.Gradient);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void WhatIsWrittenToTheBufferIsInTheParameters(string name)
    {
        using var scope = NewDisposeScope();
        using var module = Create(name);
        using (no_grad())
        {
            module.Parameters.Weights.fill_(0.25f);
        }

        Assert.All(module.named_parameters(), named => Assert.True(named.parameter.eq(0.25f).all().item<bool>(), named.name));
    }

    private static FlatModule Create(string name) => LayerCase.All.TryGetValue(name, out var layer) ? layer.Create() : ModelCase.All[name].Create();

    private static void AssertPaddingIsZero(FlatModule module, Tensor flat)
    {
        using var copy = flat.clone();
        foreach (var info in module.Parameters.Layout)
        {
            copy.narrow(0, info.Offset, info.Elements).zero_();
        }

        Assert.Equal(0, copy.count_nonzero().item<long>());
    }
}
