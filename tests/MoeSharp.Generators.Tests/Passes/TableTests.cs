using System.Reflection;
using MoeSharp.Generators.Emission.Kernels;
using MoeSharp.Generators.Emission.Torch;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes.Differentiation;

namespace MoeSharp.Generators.Tests.Passes;

/// <summary>Every operation of the tensor language has its row in the tables of the passes that need one.</summary>
public sealed class TableTests
{
    /// <summary>Made by the Fuse pass, after Differentiate and never seen by the lowering to TorchSharp.</summary>
    private static readonly string[] Fused = [OpNames.AddRmsNorm, OpNames.LinearActivation, OpNames.LinearGradients];

    /// <summary>Made by the Recompute pass of a forward op: a part of it, that backward begins with.</summary>
    private static readonly string[] Parts = [OpNames.ExpertsUp];

    private static readonly string[] All =
        [.. typeof(OpNames).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!)];

    [Fact]
    public void Every_op_has_a_derivative_or_belongs_to_a_backward() => Assert.Equal(
        All.Where(name => !IsBackward(name)).Except(Fused).Except(Parts).Order(),
        DerivativeRules.Names.Order());

    [Fact]
    public void Every_op_can_be_written_as_a_kernel() => Assert.Equal(All.Order(), KernelOps.Names.Order());

    [Fact]
    public void Every_op_before_fusion_can_be_written_in_TorchSharps_operations() => Assert.Equal(All.Except(Fused).Order(), TorchOpTable.Names.Order());

    [Fact]
    public void Every_op_with_a_derivative_has_a_cost() => Assert.Equal(DerivativeRules.Names.Order(), OpCost.Names.Order());

    [Fact]
    public void No_two_ops_have_one_name() => Assert.Equal(All.Length, All.Distinct().Count());

    private static bool IsBackward(string name) => name.EndsWith("_backward", StringComparison.Ordinal) || name.EndsWith("_gradient", StringComparison.Ordinal);
}
