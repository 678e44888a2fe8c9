using Chainring.Host.Driver.Peers;
using Chainring.Offload.Isa;
using Chainring.Tests.Oracle;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Verify;

/// <summary>As much is known as Linux knows, and no more: what its verifier says of r6 at the end of <see cref="NumberProgram"/>s.</summary>
public sealed class BoundsPrecisionTests
{
    /// <summary>Programs, and the state of r6 as the log of Linux 6.18 has it, without the number that ties registers to each other.</summary>
    static readonly (string Body, string State)[] Cases =
    [
        ("r6 &= 255", "scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff))"),
        ("r6 &= 2044; r6 += 14", "scalar(smin=umin=smin32=umin32=14,smax=umax=smax32=umax32=2058,var_off=(0x2; 0xffc))"),
        ("if r6 > 1500 goto out", "scalar(smin=smin32=0,smax=umax=smax32=umax32=1500,var_off=(0x0; 0x7ff))"),
        ("if r6 s< 0 goto out; if r6 s> 100 goto out", "scalar(smin=smin32=0,smax=umax=smax32=umax32=100,var_off=(0x0; 0x7f))"),
        ("if w6 > 10 goto out",
            "scalar(smax=0x7fffffff0000000a,umax=0xffffffff0000000a,smin32=0,smax32=umax32=10,var_off=(0x0; 0xffffffff0000000f))"),
        ("w6 = w6; if w6 s< -5 goto out; if w6 s> 5 goto out",
            "scalar(smin=0,smax=umax=0xffffffff,smin32=-5,smax32=5,var_off=(0x0; 0xffffffff))"),
        ("r6 &= 15; r6 <<= 2", "scalar(smin=smin32=0,smax=umax=smax32=umax32=60,var_off=(0x0; 0x3c))"),
        ("r6 &= 15; r6 *= 20", "scalar(smin=smin32=0,smax=umax=smax32=umax32=300,var_off=(0x0; 0x1fc))"),
        ("r6 &= 255; r7 &= 15; r6 *= r7", "scalar(smin=smin32=0,smax=umax=smax32=umax32=3825,var_off=(0x0; 0xfff))"),
        ("r6 &= 10; r7 &= 12; r7 |= 1; r6 *= r7", "scalar(smin=smin32=0,smax=umax=smax32=umax32=130,var_off=(0x0; 0xfa))"),
        ("if r6 s< -3 goto out; if r6 s> 5 goto out; if r7 s< -2 goto out; if r7 s> 4 goto out; r6 *= r7",
            "scalar(smin=smin32=-12,smax=smax32=20)"),
        ("r6 *= 4096",
            "scalar(smax=0x7ffffffffffff000,umax=0xfffffffffffff000,smax32=0x7ffff000,umax32=0xfffff000,var_off=(0x0; 0xfffffffffffff000))"),
        ("r6 &= 255; r6 = -r6", "scalar(smin=smin32=-255,smax=smax32=0)"),
        ("r6 &= 255; r7 &= 15; r6 -= r7", "scalar(smin=smin32=-15,smax=smax32=255)"),
        ("if r6 < 10 goto out; if r6 > 20 goto out; r6 -= 15", "scalar(smin=smin32=-5,smax=smax32=5)"),
        ("if r6 < 10 goto out; if r6 > 20 goto out; w6 -= 15",
            "scalar(smin=0,smax=umax=0xffffffff,smin32=-5,smax32=5,var_off=(0x0; 0xffffffff))"),
        ("r6 |= -256; r6 += 512", "scalar(smin=umin=smin32=umin32=256,smax=umax=smax32=umax32=511,var_off=(0x100; 0xff))"),
        ("r6 |= -256; r7 &= 511; r6 += r7", "scalar(smin=smin32=-256,smax=smax32=510)"),
        ("r6 &= 255; r7 &= 255; w6 += w7", "scalar(smin=smin32=0,smax=umax=smax32=umax32=510,var_off=(0x0; 0x1ff))"),
        ("r6 <<= 32; r6 s>>= 32", "scalar(smin=0xffffffff80000000,smax=0x7fffffff)"),
        ("if w6 s< -5 goto out; if w6 s> 5 goto out; r6 <<= 32; r6 s>>= 32", "scalar(smin=smin32=-5,smax=smax32=5)"),
        ("r6 &= 65535; r6 <<= 48",
            "scalar(smax=0x7fff000000000000,umax=0xffff000000000000,smin32=0,smax32=umax32=0,var_off=(0x0; 0xffff000000000000))"),
        ("r6 &= 255; w6 <<= 4", "scalar(smin=smin32=0,smax=umax=smax32=umax32=4080,var_off=(0x0; 0xff0))"),
        ("r6 &= 255; w6 <<= 28", "scalar(smin=0,smax=umax=umax32=0xf0000000,smax32=0x70000000,var_off=(0x0; 0xf0000000))"),
        ("r6 <<= r7", "scalar()"),
        ("r6 >>= 48", "scalar(smin=smin32=0,smax=umax=smax32=umax32=0xffff,var_off=(0x0; 0xffff))"),
        ("w6 >>= 28", "scalar(smin=smin32=0,smax=umax=smax32=umax32=15,var_off=(0x0; 0xf))"),
        ("if r6 < 100 goto out; if r6 > 200 goto out; r6 >>= 2",
            "scalar(smin=umin=smin32=umin32=25,smax=umax=smax32=umax32=50,var_off=(0x0; 0x3f))"),
        ("w6 s>>= 31", "scalar(smin=0,smax=umax=0xffffffff,smin32=-1,smax32=0,var_off=(0x0; 0xffffffff))"),
        ("r6 s>>= 60", "scalar(smin=smin32=-8,smax=smax32=7)"),
        ("r6 = (s8)r6", "scalar(smin=smin32=-128,smax=smax32=127)"),
        ("r6 = (s32)r6", "scalar(smin=0xffffffff80000000,smax=0x7fffffff)"),
        ("if r6 < 496 goto out; if r6 > 501 goto out; r6 = (s8)r6",
            "scalar(smin=smin32=-16,smax=smax32=-11,umin=0xfffffffffffffff0,umax=0xfffffffffffffff5,umin32=0xfffffff0,umax32=0xfffffff5,var_off=(0xfffffffffffffff0; 0x7))"),
        ("w6 = (s16)w6", "scalar(smin=0,smax=umax=0xffffffff,smin32=-32768,smax32=32767,var_off=(0x0; 0xffffffff))"),
        ("r6 = be16 r6", "scalar(smin=smin32=0,smax=umax=smax32=umax32=0xffff,var_off=(0x0; 0xffff))"),
        ("r6 = le32 r6", "scalar(smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff))"),
        ("r6 &= 240; r6 = bswap64 r6",
            "scalar(smax=0x7000000000000000,umax=0xf000000000000000,smin32=0,smax32=umax32=0,var_off=(0x0; 0xf000000000000000))"),
        ("r6 &= 240; r6 = be32 r6", "scalar(smin=0,smax=umax=umax32=0xf0000000,smax32=0x70000000,var_off=(0x0; 0xf0000000))"),
        ("r6 |= 255", "scalar(smin=0x80000000000000ff,umin=umin32=255,smin32=0x800000ff,var_off=(0xff; 0xffffffffffffff00))"),
        ("r6 &= 15; r6 |= 48", "scalar(smin=umin=smin32=umin32=48,smax=umax=smax32=umax32=63,var_off=(0x30; 0xf))"),
        ("r6 &= 12; r7 &= 3; r6 |= r7", "scalar(smin=smin32=0,smax=umax=smax32=umax32=15,var_off=(0x0; 0xf))"),
        ("r6 &= 255; r6 ^= 15", "scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff))"),
        ("if r6 s> -1 goto out; r6 &= -8",
            "scalar(smax=-8,umin=0x8000000000000000,umax=0xfffffffffffffff8,smax32=0x7ffffff8,umax32=0xfffffff8,var_off=(0x8000000000000000; 0x7ffffffffffffff8))"),
        ("r6 /= 10", "scalar()"),
        ("r6 %= 10", "scalar()"),
        ("if r6 == 0 goto out", "scalar(umin=1)"),
        ("r6 &= 15; if r6 == 15 goto out", "scalar(smin=smin32=0,smax=umax=smax32=umax32=14,var_off=(0x0; 0xf))"),
        ("if r6 != 5 goto out", "5"),
        ("if w6 != 5 goto out",
            "scalar(smin=0x8000000000000005,smax=0x7fffffff00000005,umin=smin32=umin32=5,umax=0xffffffff00000005,smax32=umax32=5,var_off=(0x5; 0xffffffff00000000))"),
        ("if r6 & 7 goto out",
            "scalar(smax=0x7ffffffffffffff8,umax=0xfffffffffffffff8,smax32=0x7ffffff8,umax32=0xfffffff8,var_off=(0x0; 0xfffffffffffffff8))"),
        ("if w6 & -0x80000000 goto out",
            "scalar(smax=0x7fffffff7fffffff,umax=0xffffffff7fffffff,smin32=0,umax32=0x7fffffff,var_off=(0x0; 0xffffffff7fffffff))"),
        ("r6 &= 1023; r7 &= 508; if r6 != r7 goto out", "scalar(smin=smin32=0,smax=umax=smax32=umax32=508,var_off=(0x0; 0x1fc))"),
        ("r6 &= 1023; if r7 > 100 goto out; if r6 >= r7 goto out", "scalar(smin=smin32=0,smax=umax=smax32=umax32=99,var_off=(0x0; 0x7f))"),
        ("r6 &= 255; if r7 s> 100 goto out; if r6 s> r7 goto out", "scalar(smin=smin32=0,smax=umax=smax32=umax32=100,var_off=(0x0; 0x7f))"),
        ("if r6 s< -5 goto out; if r6 s> 10 goto out; if r6 > 1000 goto out",
            "scalar(smin=smin32=0,smax=umax=smax32=umax32=10,var_off=(0x0; 0xf))"),
        ("if r6 s< -5 goto out; if r6 s> 10 goto out; if r6 < 1000 goto out",
            "scalar(smin=smin32=-5,smax=smax32=-1,umin=0xfffffffffffffffb,umin32=0xfffffffb,var_off=(0xfffffffffffffff8; 0x7))"),
        ("if r6 s< -100000 goto out; if r6 s> 100000 goto out; if w6 s< 0 goto out",
            "scalar(smin=smin32=0,smax=umax=smax32=umax32=0x186a0,var_off=(0x0; 0x1ffff))"),
        ("if r6 s< -2147483648 goto out; if r6 s> 2147483647 goto out; if w6 s< 0 goto out",
            "scalar(smin=smin32=0,smax=umax=umax32=0x7fffffff,var_off=(0x0; 0x7fffffff))"),
        ("if r6 > 2147483647 goto out; if w6 < 7 goto out; if w6 s> 9 goto out",
            "scalar(smin=umin=smin32=umin32=7,smax=umax=smax32=umax32=9,var_off=(0x0; 0xf))"),
        ("r6 &= 262144; if r6 < 139 goto out", "0x40000"),
        ("r6 <<= 32; if r6 > 2147483647 goto out", "0"),
        ("r6 >>= 31; if w6 > 4 goto out", "scalar(smin=smin32=0,smax=umax=0x100000004,smax32=umax32=4,var_off=(0x0; 0x100000007))"),
    ];

    static IEnumerable<TestCaseData> Bodies() => Cases.Select(c => new TestCaseData(c.Body, c.State).SetArgDisplayNames(c.Body));

    [TestCaseSource(nameof(Bodies))]
    public void Bounds_are_those_of_Linux(string body, string state) =>
        Assert.That(NumberProgram.Run(NumberProgram.Of(body))[6], Is.EqualTo(StateLog.Parse(state)));

    [TestCaseSource(nameof(Bodies))]
    public void Linux_says_so(string body, string state)
    {
        OracleAvailability.Require();
        var code = NumberProgram.Of(body);
        var log = new StateLog(Bpf.StateLog(Encoding.Encode(code)) ?? throw new InvalidOperationException($"{body} is refused"));
        int end = Array.FindIndex(code, i => i.Kind == InstructionKind.Exit);
        Assert.That(log.TextBefore(end, register: 6), Is.EqualTo(state));
    }
}
