using System.Buffers.Binary;
using Chainring.Kernels;
using Chainring.Kernels.Helpers;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;
using static Chainring.Tests.Kernels.Helpers.Agreement;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>Helpers with random arguments, on every backend and in the kernel: the same answers, the same frame.</summary>
public sealed class KernelAgreementTests
{
    const int Room = 64, Sequences = 140;

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    static readonly Gen<byte> SumByte = Gen.Frequency((3, Gen.Const((byte)0)), (3, Gen.Const((byte)0xff)), (2, Gen.Byte));

    static readonly Gen<byte[]> SumBytes = Gen.OneOf(Gen.Byte.Array[Room], SumByte.Array[Room], Gen.OneOf<byte>(0, 0xff).Select(b => Enumerable.Repeat(b, Room).ToArray()));

    static readonly Gen<uint> Seed = Gen.OneOf(Gen.OneOf(0u, 1u, 0xffffu, 0x10000u, 0xffff0000u, uint.MaxValue), Gen.UInt);

    /// <summary>Sizes are numbers in the program, since the verifier wants to know them: one program for each pair, many frames.</summary>
    [Test]
    public void Checksum_differences([Values(0, 1, 2, 3, 4, 5, 7, 31, 64)] int from, [Values(0, 1, 2, 3, 4, 6, 33, 64)] int to)
    {
        var answer = Results(1);
        using var theirAnswer = new KernelMap(answer);
        using var theirs = new KernelProgram(ProgramText.Program("sum", $"""
            r2 = *(u32 *)(r1 + 4)
            r1 = *(u32 *)(r1 + 0)
            r3 = r1
            r3 += {2 * Room + 4}
            if r3 > r2 goto out
            r5 = *(u32 *)(r1 + {2 * Room})
            r3 = r1
            r3 += {Room}
            r2 = {from}
            r4 = {to}
            call 28
            r1 = value(results)
            *(u64 *)(r1 + 0) = r0
            out:
            r0 = 2
            exit
            """), _ => theirAnswer);
        var frame = new byte[2 * Room + 4];
        Gen.Select(SumBytes, SumBytes, Seed).Sample((a, b, seed) =>
        {
            a.CopyTo(frame, 0);
            b.CopyTo(frame, Room);
            BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(2 * Room), seed);
            theirs.Run(frame);
            long theirSum = BitConverter.ToInt64(theirAnswer.Lookup(new byte[4])![0]);
            return Checksum.Difference(a.AsSpan(0, from), b.AsSpan(0, to), seed) == theirSum;
        }, iter: 100, threads: 1);
    }

    sealed record Move(int Helper, int By)
    {
        public override string ToString() => $"{Helper} by {By}";
    }

    static readonly Gen<Move[]> Moves = Gen.Select(
        Gen.OneOf(44, 54, 65),
        Gen.Frequency((6, Gen.Int[-40, 40]), (3, Gen.Int[-60, 60].Select(n => 4 * n)), (2, Gen.Int[-4000, 4000]),
            (1, Gen.OneOf(int.MinValue, int.MaxValue, -216, -217, 216, 3456, 3520, -4096, 4095, 4096, -65536, 65536))),
        (helper, by) => new Move(helper, by)).Array[1, 12];

    /// <summary>Heads, tails and metadata of one frame, moved about in one run: each answer, and what is left.</summary>
    [Test]
    public void Moves_of_the_ends_of_a_packet([Values("xdp", "xdp.frags")] string section) =>
        Gen.Select(Moves, Lengths(section)).Sample((moves, length) =>
        {
            var results = Results(moves.Length);
            var text = new List<string> { "r6 = r1" };
            for (int n = 0; n < moves.Length; n++)
                text.Add($"r1 = r6\nr2 = {moves[n].By}\ncall {moves[n].Helper}\nr1 = value(results) + {8 * n}\n*(u64 *)(r1 + 0) = r0");
            text.Add("r0 = 2\nexit");
            Compare(ProgramText.Program("moves", string.Join('\n', text), section), results, Ask.Frame(length));
        }, iter: Sequences, threads: 1, print: sample => $"{sample.Item2} bytes: {string.Join(", ", sample.Item1.AsEnumerable())}");

    [Test]
    public void Redirects() =>
        Gen.Select(Gen.OneOf(Gen.UInt, Gen.Const(0u)), Gen.OneOf(Gen.Const(0UL), Gen.OneOf(1UL, 3UL, 1UL << 32, ulong.MaxValue))).Array[1, 3].Sample(calls =>
        {
            string text = string.Join('\n', calls.Select((c, n) =>
                $"r1 = 0x{c.Item1:x} ll\nr2 = 0x{c.Item2:x} ll\ncall 23\nr1 = value(results) + {8 * n}\n*(u64 *)(r1 + 0) = r0"));
            Compare(ProgramText.Program("redirects", $"{text}\nexit"), Results(calls.Length), Ask.Frame(64));
        }, iter: 50, threads: 1);

    [Test]
    public void The_last_redirect_that_was_accepted_names_the_target([ValueSource(nameof(Backends))] IKernelTarget target)
    {
        using var card = TestCard.Of(ProgramText.Program("redirects", "r1 = 5\nr2 = 0\ncall 23\nr1 = 6\nr2 = 0\ncall 23\nr1 = 7\nr2 = 1\ncall 23\nr0 = 4\nexit"), target: target);
        var outcome = card.Run(new byte[64]);
        Assert.That((outcome.Verdict, outcome.Redirect), Is.EqualTo((new Verdict(XdpAction.Redirect), RedirectTarget.Interface(6))));
    }

    static IEnumerable<IKernelTarget> Backends => Targets.All;
}
