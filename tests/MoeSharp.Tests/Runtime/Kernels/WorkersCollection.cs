using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

/// <summary>Tests that change the number of workers, which is the process's, run one after the other.</summary>
[CollectionDefinition("Workers", DisableParallelization = true)]
public class WorkersCollection;
