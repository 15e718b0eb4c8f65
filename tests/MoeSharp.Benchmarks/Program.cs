using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using MoeSharp.Benchmarks.SideBySide;
using MoeSharp.Benchmarks.SideBySide.Work;

// `micro [BenchmarkDotNet's options]` measures kernels, layers, the step and the generator one by one; all else is the side by side with PyTorch.
if (Child.TryRun(args))
{
    return 0;
}

if (args is not ["micro", ..])
{
    return SideBySideCommand.Run(args);
}

// In this process: the projects that BenchmarkDotNet generates would miss the generator and the choice of torch.
var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args[1..], config);
return 0;
