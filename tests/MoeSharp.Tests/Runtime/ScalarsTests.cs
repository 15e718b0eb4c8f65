using System.Runtime.CompilerServices;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime;

public class ScalarsTests
{
    [Fact]
    public void ManyNumbersAreNotAllKept()
    {
        var first = First();
        for (var i = 0; i < 2000; i++)
        {
            Scalars.Of(1e301 + (i * 1e290));
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.False(first.IsAlive);
        Assert.Same(Scalars.Of(0.25), Scalars.Of(0.25));
    }

    // Apart, so that no register of the test holds it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference First() => new(Scalars.Of(1e300));
}
