namespace Ablation;

// Five ways to spend the same parameters, after DeepSeekMoE (arXiv 2401.06066) table 1. The mixtures have as many parameters in all and as many active, within
// 1 %: 1 of 8 experts of 384, 2 of 16 of 192, or 1 shared and 7 of 65 of 46, whose width makes up for the rows of their gate. The dense model has as many as
// are active in them.

/// <summary>A dense network as wide as what is active in the others.</summary>
[Transformer(Vocab = 256, Dim = 96, Layers = 2, Context = 128), Attention(Heads = 4), FeedForward(Hidden = 384)]
[Train(Batch = 8, Steps = 1000, EvaluateEvery = 1000000, CheckpointEvery = 1000000), AdamW(3e-3), WarmupCosine(50), ClipGradients(1.0)]
public partial class Dense;

/// <summary>One large expert a token.</summary>
[Transformer(Vocab = 256, Dim = 96, Layers = 2, Context = 128), Attention(Heads = 4), Experts(8, Active = 1, Hidden = 384), Switch]
[Train(Batch = 8, Steps = 1000, EvaluateEvery = 1000000, CheckpointEvery = 1000000), AdamW(3e-3), WarmupCosine(50), ClipGradients(1.0)]
public partial class SwitchTransformer;

/// <summary>Two experts a token.</summary>
[Transformer(Vocab = 256, Dim = 96, Layers = 2, Context = 128), Attention(Heads = 4), Experts(16, Active = 2, Hidden = 192), GShard]
[Train(Batch = 8, Steps = 1000, EvaluateEvery = 1000000, CheckpointEvery = 1000000), AdamW(3e-3), WarmupCosine(50), ClipGradients(1.0)]
public partial class GShardTransformer;

/// <summary>Fine-grained experts beside a shared one, balanced by a loss.</summary>
[Transformer(Vocab = 256, Dim = 96, Layers = 2, Context = 128), Attention(Heads = 4), Experts(65, Active = 7, Shared = 1, Hidden = 46), DeepSeekMoe]
[ExpertBalance(0.01)] // the paper's at 2B
[Train(Batch = 8, Steps = 1000, EvaluateEvery = 1000000, CheckpointEvery = 1000000), AdamW(3e-3), WarmupCosine(50), ClipGradients(1.0)]
public partial class FineGrained;

/// <summary>The same experts, balanced by a bias (arXiv 2408.15664). A small gate's scores lie close together: the rate is five times the paper's.</summary>
[Transformer(Vocab = 256, Dim = 96, Layers = 2, Context = 128), Attention(Heads = 4), Experts(65, Active = 7, Shared = 1, Hidden = 46)]
[Gate(Sigmoid), BalanceBias(Rate = 0.005)]
[Train(Batch = 8, Steps = 1000, EvaluateEvery = 1000000, CheckpointEvery = 1000000), AdamW(3e-3), WarmupCosine(50), ClipGradients(1.0)]
public partial class FineGrainedByBias;
