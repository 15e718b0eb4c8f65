using Xunit;

namespace MoeSharp.Tests.Oracle;

/// <summary>A theory that needs PyTorch for Python: skipped, with the reason, where the machine has none.</summary>
internal sealed class PyTorchTheoryAttribute : TheoryAttribute
{
    public PyTorchTheoryAttribute() => Skip = Python.Missing;
}
