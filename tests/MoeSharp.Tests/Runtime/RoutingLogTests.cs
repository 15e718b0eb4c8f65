using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime;

public class RoutingLogTests
{
    [Fact]
    public async Task WhatIsAddedWhileItIsTakenIsNeitherLostNorCountedTwice()
    {
        const int Adds = 20_000;
        var log = new RoutingLog(layers: 2, experts: 3, firstLayer: 0);
        var adding = Task.Run(() =>
        {
            for (var i = 0; i < Adds; i++)
            {
                log.Add(1, [1, 0, 2]);
            }
        });
        long first = 0, last = 0;
        for (var done = false; !done;)
        {
            done = adding.IsCompleted;
            var taken = log.Take()[1];
            (first, last) = (first + taken[0], last + taken[2]);
            Assert.Equal(2 * taken[0], taken[2]);
        }

        await adding;
        Assert.Equal((Adds, 2 * Adds), (first, last));
    }
}
