using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Narrow;

/// <summary>Encodings, as a disassembler reads them: what it says is on the line above.</summary>
public class AssemblerTests
{
    [Fact]
    public void GeneralInstructions()
    {
        // push rbx; push r12; pop rbp; pop r13
        Check("53 41 54 5D 41 5D", code =>
        {
            code.Push(Register.Rbx);
            code.Push(Register.R12);
            code.Pop(Register.Rbp);
            code.Pop(Register.R13);
        });

        // mov r11,rdi; mov rax,r9
        Check("49 89 FB", code => code.Move(Register.R11, Register.Rdi));
        Check("4C 89 C8", code => code.Move(Register.Rax, Register.R9));

        // add rdx,r9; sub r12,rax; add r10,0x80
        Check("4C 01 CA", code => code.Add(Register.Rdx, Register.R9));
        Check("49 29 C4", code => code.Subtract(Register.R12, Register.Rax));
        Check("49 81 C2 80 00 00 00", code => code.Add(Register.R10, 128));

        // cmp rax,r12; cmovg rax,r12 and cmp r9,rcx; cmovg r9,rcx
        Check("4C 39 E0 49 0F 4F C4", code => code.Minimum(Register.Rax, Register.R12));
        Check("49 39 C9 4C 0F 4F C9", code => code.Minimum(Register.R9, Register.Rcx));

        // vzeroupper; ret
        Check("C5 F8 77 C3", code => code.Return());
    }

    [Fact]
    public void AddressesOfEveryForm()
    {
        // mov rsi,[r11+0x8]; mov rax,[r12], which needs an index byte; mov r9,[r13+0x0] and mov rcx,[rbp+0x0], which need a displacement;
        // mov r9,[rsp+0x10]
        Check("49 8B B3 08 00 00 00", code => code.Load(Register.Rsi, new(Register.R11, 8)));
        Check("49 8B 04 24", code => code.Load(Register.Rax, new(Register.R12)));
        Check("4D 8B 8D 00 00 00 00", code => code.Load(Register.R9, new(Register.R13)));
        Check("48 8B 8D 00 00 00 00", code => code.Load(Register.Rcx, new(Register.Rbp)));
        Check("4C 8B 8C 24 10 00 00 00", code => code.Load(Register.R9, new(Register.Rsp, 16)));

        // lea r8,[rsi+rsi*4]; lea rdx,[rdi+r12*8-0x4]; lea rdx,[r13+r9*2+0x0]
        Check("4C 8D 04 B6", code => code.LoadAddress(Register.R8, new(Register.Rsi, 0, Register.Rsi, 4)));
        Check("4A 8D 94 E7 FC FF FF FF", code => code.LoadAddress(Register.Rdx, new(Register.Rdi, -4, Register.R12, 8)));
        Check("4B 8D 94 4D 00 00 00 00", code => code.LoadAddress(Register.Rdx, new(Register.R13, 0, Register.R9, 2)));

        // prefetcht1 [rbx]; prefetcht0 [r12+r9*2+0x40]
        Check("40 0F 18 13", code => code.Prefetch(new(Register.Rbx), first: false));
        Check("43 0F 18 8C 4C 40 00 00 00", code => code.Prefetch(new(Register.R12, 64, Register.R9, 2), first: true));
    }

    [Fact]
    public void JumpsGoBackToTheirTarget()
    {
        // push rbx; dec rax; jne 0x1
        Check("53 48 FF C8 0F 85 F7 FF FF FF", code =>
        {
            code.Push(Register.Rbx);
            code.DecrementAndRepeat(Register.Rax, 1);
        });

        // push rbx; test r12,r12; jne 0x0
        Check("53 4D 85 E4 0F 85 F6 FF FF FF", code =>
        {
            code.Push(Register.Rbx);
            code.RepeatUnlessZero(Register.R12, 0);
        });
    }

    [Fact]
    public void InstructionsOfVectors()
    {
        // vpxord zmm0,zmm0,zmm0; vpxord zmm27,zmm27,zmm27
        Check("62 F1 7D 48 EF C0", code => code.Zero(0));
        Check("62 01 25 40 EF DB", code => code.Zero(27));

        // vmovups zmm28,[r10]; vmovups zmm9,[rcx+0x40]; vmovups zmm17,[r13+r8*4+0x0]
        Check("62 41 7C 48 10 22", code => code.LoadVector(28, new(Register.R10)));
        Check("62 71 7C 48 10 89 40 00 00 00", code => code.LoadVector(9, new(Register.Rcx, 64)));
        Check("62 81 7C 48 10 8C 85 00 00 00 00", code => code.LoadVector(17, new(Register.R13, 0, Register.R8, 4)));

        // vmovups [rcx],zmm30; vmovups [r12+0x40],zmm5; vmovntps [rcx],zmm30
        Check("62 61 7C 48 11 31", code => code.StoreVector(30, new(Register.Rcx)));
        Check("62 D1 7C 48 11 AC 24 40 00 00 00", code => code.StoreVector(5, new(Register.R12, 64)));
        Check("62 61 7C 48 2B 31", code => code.StreamVector(30, new(Register.Rcx)));

        // vpbroadcastd zmm30,[rdi+rsi*4]; vpbroadcastd zmm30,[rdx+r8*1]
        Check("62 62 7D 48 58 34 B7", code => code.Broadcast(30, new(Register.Rdi, 0, Register.Rsi, 4)));
        Check("62 22 7D 48 58 34 02", code => code.Broadcast(30, new(Register.Rdx, 0, Register.R8)));

        // vdpbf16ps zmm0,zmm28,zmm30; vdpbf16ps zmm27,zmm29,zmm30; vdpbf16ps zmm9,zmm3,zmm18
        Check("62 92 1E 40 52 C6", code => code.Dot(0, 28, 30));
        Check("62 02 16 40 52 DE", code => code.Dot(27, 29, 30));
        Check("62 32 66 48 52 CA", code => code.Dot(9, 3, 18));

        // vcvtne2ps2bf16 zmm30,zmm27,zmm26; vcvtne2ps2bf16 zmm7,zmm16,zmm8
        Check("62 02 27 40 72 F2", code => code.Narrow(30, 26, 27));
        Check("62 D2 7F 40 72 F8", code => code.Narrow(7, 8, 16));

        // vpmovzxwd zmm26,[rcx+0x20]; vpslld zmm26,zmm26,0x10 and vpmovzxwd zmm3,[r8]; vpslld zmm3,zmm3,0x10
        Check("62 62 7D 48 33 91 20 00 00 00 62 91 2D 40 72 F2 10", code => code.LoadWidened(26, new(Register.Rcx, 32)));
        Check("62 D2 7D 48 33 18 62 F1 65 48 72 F3 10", code => code.LoadWidened(3, new(Register.R8)));
    }

    private static void Check(string expected, Action<Assembler> write)
    {
        var code = new Assembler();
        write(code);
        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexString(code.ToArray()));
        Assert.Equal(code.ToArray().Length, code.Position);
    }
}
