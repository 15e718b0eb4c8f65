namespace MoeSharp.Runtime;

/// <summary>The general registers of x86-64, by number.</summary>
internal enum Register
{
    Rax,
    Rcx,
    Rdx,
    Rbx,
    Rsp,
    Rbp,
    Rsi,
    Rdi,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
}

/// <summary>base + index · scale + displacement, in bytes.</summary>
internal readonly record struct Address(Register Base, int Displacement = 0, Register? Index = null, int Scale = 1);

/// <summary>
/// Writes the few instructions of x86-64 that <see cref="PairTile"/> is made of; encodings as in the Intel 64 and IA-32 Architectures Software Developer's
/// Manual, volume 2. Vector registers are numbers, 0 to 31, and 512 bits wide.
/// </summary>
internal sealed class Assembler
{
    private const int NoRegister = 0;
    private const int NeedsIndexByte = 4;
    private const int NeedsDisplacement = 5;

    private readonly List<byte> _code = [];

    /// <summary>The maps of opcodes that wide instructions are from.</summary>
    private enum Map
    {
        Of0F = 1,
        Of0F38 = 2,
    }

    /// <summary>The prefixes that tell instructions of one opcode apart.</summary>
    private enum Prefix
    {
        None,
        Of66,
        OfF3,
        OfF2,
    }

    /// <summary>Bytes written: where the next instruction begins.</summary>
    public int Position => _code.Count;

    /// <summary>The code.</summary>
    public byte[] ToArray() => [.. _code];

    public void Push(Register register) => Short(0x50, register);

    public void Pop(Register register) => Short(0x58, register);

    /// <summary>Back to the caller, with the upper halves of the registers clean as its convention wants: VZEROUPPER and RET.</summary>
    public void Return() => _code.AddRange([0xC5, 0xF8, 0x77, 0xC3]);

    /// <summary>to = from.</summary>
    public void Move(Register to, Register from) => Wide(0x89, (int)from, to);

    /// <summary>to = [from].</summary>
    public void Load(Register to, Address from) => Wide(0x8B, (int)to, from);

    /// <summary>to = the address itself.</summary>
    public void LoadAddress(Register to, Address from) => Wide(0x8D, (int)to, from);

    /// <summary>to += value.</summary>
    public void Add(Register to, Register value) => Wide(0x01, (int)value, to);

    /// <summary>to -= value.</summary>
    public void Subtract(Register to, Register value) => Wide(0x29, (int)value, to);

    /// <summary>to += value.</summary>
    public void Add(Register to, int value)
    {
        Wide(0x81, 0, to);
        Number(value);
    }

    /// <summary>to = the lesser of both, signed.</summary>
    public void Minimum(Register to, Register other)
    {
        Wide(0x39, (int)other, to);
        Rex((int)to, (int)other, 0);
        _code.AddRange([0x0F, 0x4F]);
        Registers((int)to, (int)other);
    }

    /// <summary>Goes back to <paramref name="target"/> unless <paramref name="counter"/> − 1, which it becomes, is zero.</summary>
    public void DecrementAndRepeat(Register counter, int target)
    {
        Wide(0xFF, 1, counter);
        JumpUnlessZero(target);
    }

    /// <summary>Goes back to <paramref name="target"/> unless a register is zero.</summary>
    public void RepeatUnlessZero(Register register, int target)
    {
        Wide(0x85, (int)register, register);
        JumpUnlessZero(target);
    }

    /// <summary>Asks for a line of memory to be brought into the second-level cache, or into the first as well.</summary>
    public void Prefetch(Address line, bool first)
    {
        Rex(0, (int)line.Base, (int)(line.Index ?? NoRegister), isWide: false);
        _code.AddRange([0x0F, 0x18]);
        Memory(first ? 1 : 2, line);
    }

    /// <summary>16 zeros: VPXORD.</summary>
    public void Zero(int to) => Vector(Prefix.Of66, Map.Of0F, 0xEF, to, to, to);

    /// <summary>16 floats: VMOVUPS.</summary>
    public void LoadVector(int to, Address from) => Vector(Prefix.None, Map.Of0F, 0x10, to, NoRegister, from);

    /// <summary>16 floats: VMOVUPS.</summary>
    public void StoreVector(int from, Address to) => Vector(Prefix.None, Map.Of0F, 0x11, from, NoRegister, to);

    /// <summary>A whole cache line, past the cache: VMOVNTPS.</summary>
    public void StreamVector(int from, Address to) => Vector(Prefix.None, Map.Of0F, 0x2B, from, NoRegister, to);

    /// <summary>One pair, 16 times: VPBROADCASTD.</summary>
    public void Broadcast(int to, Address from) => Vector(Prefix.Of66, Map.Of0F38, 0x58, to, NoRegister, from);

    /// <summary>sums[i] += x[2i]·y[2i] + x[2i + 1]·y[2i + 1], of bfloat16 into float: VDPBF16PS.</summary>
    public void Dot(int sums, int x, int y) => Vector(Prefix.OfF3, Map.Of0F38, 0x52, sums, x, y);

    /// <summary>32 numbers of bfloat16, of 16 floats each: VCVTNE2PS2BF16.</summary>
    public void Narrow(int to, int low, int high) => Vector(Prefix.OfF2, Map.Of0F38, 0x72, to, high, low);

    /// <summary>16 floats from bfloat16: VPMOVZXWD and VPSLLD.</summary>
    public void LoadWidened(int to, Address from)
    {
        Vector(Prefix.Of66, Map.Of0F38, 0x33, to, NoRegister, from);
        Vector(Prefix.Of66, Map.Of0F, 0x72, 6, to, to);
        _code.Add(16);
    }

    private void Short(int opcode, Register register)
    {
        if ((int)register >= 8)
        {
            _code.Add(0x41);
        }

        _code.Add((byte)(opcode + ((int)register & 7)));
    }

    private void Wide(int opcode, int register, Register other)
    {
        Rex(register, (int)other, NoRegister);
        _code.Add((byte)opcode);
        Registers(register, (int)other);
    }

    private void Wide(int opcode, int register, Address address)
    {
        Rex(register, (int)address.Base, (int)(address.Index ?? NoRegister));
        _code.Add((byte)opcode);
        Memory(register, address);
    }

    private void Rex(int register, int other, int index, bool isWide = true) =>
        _code.Add((byte)(0x40 | (isWide ? 8 : 0) | (register >> 3 << 2) | (index >> 3 << 1) | (other >> 3)));

    private void Vector(Prefix prefix, Map map, int opcode, int register, int second, int third)
    {
        Evex(prefix, map, opcode, register, second, third >> 3 & 1, third >> 4);
        Registers(register, third);
    }

    private void Vector(Prefix prefix, Map map, int opcode, int register, int second, Address third)
    {
        Evex(prefix, map, opcode, register, second, (int)third.Base >> 3, (int)(third.Index ?? NoRegister) >> 3);
        Memory(register, third);
    }

    // Four bytes before the opcode; bits of register numbers are inverted.
    private void Evex(Prefix prefix, Map map, int opcode, int register, int second, int baseBit, int indexBit)
    {
        const int Width512 = 0x40;
        _code.Add(0x62);
        _code.Add((byte)(((~register >> 3 & 1) << 7) | ((1 - indexBit) << 6) | ((1 - baseBit) << 5) | ((~register >> 4 & 1) << 4) | (int)map));
        _code.Add((byte)(((~second & 15) << 3) | 4 | (int)prefix));
        _code.Add((byte)(Width512 | ((~second >> 4 & 1) << 3)));
        _code.Add((byte)opcode);
    }

    private void Registers(int register, int other) => _code.Add((byte)(0xC0 | ((register & 7) << 3) | (other & 7)));

    private void Memory(int register, Address address)
    {
        var (first, displacement) = ((int)address.Base & 7, address.Displacement);
        var isDisplaced = displacement != 0 || first == NeedsDisplacement;
        var hasIndex = address.Index is not null || first == NeedsIndexByte;
        _code.Add((byte)((isDisplaced ? 0x80 : 0) | ((register & 7) << 3) | (hasIndex ? NeedsIndexByte : first)));
        if (hasIndex)
        {
            _code.Add((byte)((System.Numerics.BitOperations.Log2((uint)address.Scale) << 6) | (((int)(address.Index ?? Register.Rsp) & 7) << 3) | first));
        }

        if (isDisplaced)
        {
            Number(displacement);
        }
    }

    private void JumpUnlessZero(int target)
    {
        _code.AddRange([0x0F, 0x85]);
        Number(target - (Position + sizeof(int)));
    }

    private void Number(int value) => _code.AddRange(BitConverter.GetBytes(value));
}
