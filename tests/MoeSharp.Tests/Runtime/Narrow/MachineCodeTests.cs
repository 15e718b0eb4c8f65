using System.Globalization;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Narrow;

/// <summary>Code that is written at run time.</summary>
public unsafe class MachineCodeTests
{
    [PairFact]
    public void WhatIsPublishedRuns()
    {
        // lea rax,[rdi+0x5]; ret
        var code = MachineCode.Publish([0x48, 0x8D, 0x47, 0x05, 0xC3]);
        Assert.True(code != null);
        Assert.Equal(12, ((delegate* unmanaged<nint, nint>)code)(7));
    }

    [PairFact]
    public void NoPageIsBothWrittenAndExecuted()
    {
        var kernel = (ulong)(nint)PairTiles.Of(PairTile.MostRows, PairTileEnd.Store);
        var rights = File.ReadLines("/proc/self/maps").Select(line => line.Split(' ', 3)).Single(fields => IsWithin(kernel, fields[0].Split('-')))[1];
        Assert.Equal("r-xp", rights);

        static bool IsWithin(ulong address, string[] ends) => address >= Number(ends[0]) && address < Number(ends[1]);
        static ulong Number(string text) => ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
