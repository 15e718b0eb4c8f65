namespace MoeSharp.Tests.Models.Declared;

/// <summary>SwiGLU with biases.</summary>
[Experts(6, Active = 2, Shared = 1, Dim = 9, Hidden = 7, Bias = true)]
[Gate(Sigmoid)]
public partial class SwiGluBias;

/// <summary>Qwen2-MoE's shared expert with its gate, biases beside; a width that is no multiple of a vector and longer than one.</summary>
[Experts(4, Active = 2, Shared = 2, SharedGate = true, Dim = 19, Hidden = 17, Bias = true)]
public partial class SwiGluBiasGated;

/// <summary>Qwen2-MoE's shared expert with its gate.</summary>
[Experts(6, Active = 2, Shared = 1, SharedGate = true, Dim = 8, Hidden = 5)]
[Gate(Softmax, Normalize = true)]
public partial class SwiGluGated;

/// <summary>GELU experts of two matrices.</summary>
[Experts(6, Active = 2, Shared = 1, Dim = 8, Hidden = 21, Activation = Gelu)]
public partial class GeluExperts;

/// <summary>GELU experts with biases.</summary>
[Experts(6, Active = 2, Shared = 1, Dim = 9, Hidden = 7, Activation = Gelu, Bias = true)]
[Gate(Sigmoid)]
public partial class GeluBias;

/// <summary>GELU experts beside a gated shared one.</summary>
[Experts(6, Active = 2, Shared = 1, SharedGate = true, Dim = 8, Hidden = 5, Activation = Gelu)]
public partial class GeluGated;

/// <summary>GELU experts with everything.</summary>
[Experts(4, Active = 2, Shared = 2, SharedGate = true, Dim = 10, Hidden = 33, Activation = Gelu, Bias = true)]
[Gate(Softmax, Normalize = true, Scale = 1.5)]
[ExpertBalance(0.05)]
public partial class GeluBiasGated;

/// <summary>ReLU experts, as in Switch, and no shared ones.</summary>
[Experts(6, Active = 2, Dim = 8, Hidden = 20, Activation = Relu)]
public partial class ReluExperts;

/// <summary>ReLU experts with biases and no shared ones; one active, as in Switch.</summary>
[Experts(4, Active = 1, Dim = 9, Hidden = 7, Activation = Relu, Bias = true)]
public partial class ReluBias;

/// <summary>ReLU experts beside a gated shared one.</summary>
[Experts(6, Active = 2, Shared = 1, SharedGate = true, Dim = 8, Hidden = 5, Activation = Relu)]
public partial class ReluGated;

/// <summary>ReLU experts with everything, in segments: eight of width 6, four active.</summary>
[Experts(4, Active = 2, Shared = 1, SharedGate = true, Dim = 10, Hidden = 12, Segments = 2, Activation = Relu, Bias = true)]
[Gate(Sigmoid)]
public partial class ReluBiasGated;
