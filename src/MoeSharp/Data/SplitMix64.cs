using System.Text;

namespace MoeSharp.Data;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014): the same numbers on every machine and every version
/// of .NET, which <see cref="Random"/> does not promise.
/// </summary>
internal struct SplitMix64(ulong state)
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;

    private ulong _state = state;

    /// <summary>The next 64 random bits.</summary>
    public ulong Next() => Mix(_state += Gamma);

    /// <summary>
    /// A number from 0 to <paramref name="bound"/> − 1, by the high half of a product; the bias, below bound / 2⁶⁴, is of no account here.
    /// </summary>
    public int Next(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>The finaliser alone: a bijection of 64 bits in which every input bit reaches every output bit.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>A stable hash of bytes: FNV-1a, then <see cref="Mix"/>.</summary>
    public static ulong Hash(ReadOnlySpan<byte> bytes, ulong seed = 0)
    {
        var hash = 0xCBF29CE484222325 ^ Mix(seed);
        foreach (var value in bytes)
        {
            hash = (hash ^ value) * 0x100000001B3;
        }

        return Mix(hash);
    }

    /// <summary>A stable hash of a text's UTF-8 bytes.</summary>
    public static ulong Hash(string text, ulong seed) => Hash(Encoding.UTF8.GetBytes(text), seed);
}
