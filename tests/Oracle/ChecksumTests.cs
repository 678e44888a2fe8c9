using System.Buffers.Binary;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>bpf_csum_diff as this kernel answers it: always folded to 16 bits, and the two zeroes are told apart.</summary>
public sealed class ChecksumTests
{
    const int Room = 64, Rounds = 100;

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [Test]
    public void Equals_the_formula([Values(0, 3, 4, 20, 64)] int from, [Values(0, 4, 5, 40)] int to)
    {
        using var answer = new KernelMap(new()
        {
            Name = "answer",
            Type = MapType.Array,
            KeySize = 4,
            ValueSize = 8,
            MaxEntries = 1,
            InitialValue = new byte[8],
        });
        // The frame is `from`, `to`, then the seed.
        using var program = new KernelProgram(ProgramText.Program("csum", $"""
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
            r1 = value(answer)
            *(u64 *)(r1 + 0) = r0
            out:
            r0 = 2
            exit
            """), _ => answer);

        var random = new Random(from * 100 + to);
        for (int round = 0; round < Rounds; round++)
        {
            var frame = new byte[2 * Room + 4];
            if (round % 4 != 1) random.NextBytes(frame);
            if (round % 4 == 2) frame.AsSpan(0, 2 * Room).Fill(0xff);
            if (round % 4 == 3) frame.AsSpan(2 * Room).Clear();
            program.Run(frame);
            long got = BinaryPrimitives.ReadInt64LittleEndian(answer.Lookup(new byte[4])![0]);
            uint seed = BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(2 * Room));
            Assert.That(got, Is.EqualTo((long)Formula(frame.AsSpan(0, from), frame.AsSpan(Room, to), seed)), Convert.ToHexStringLower(frame));
        }
    }

    /// <summary>Ones' complement sums of little-endian words, the last padded with zeroes.</summary>
    static uint Formula(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, uint seed)
    {
        uint sum = (from.Length, to.Length) switch
        {
            ( > 0, > 0) => Add(Sum(to, seed), ~Sum(from, 0)),
            (0, > 0) => Sum(to, seed),
            ( > 0, 0) => ~Sum(from, ~seed),
            _ => seed,
        };
        sum = (sum & 0xffff) + (sum >> 16);
        return (sum & 0xffff) + (sum >> 16);
    }

    static uint Sum(ReadOnlySpan<byte> bytes, uint sum)
    {
        Span<byte> word = stackalloc byte[4];
        for (int at = 0; at < bytes.Length; at += 4)
        {
            word.Clear();
            bytes.Slice(at, Math.Min(4, bytes.Length - at)).CopyTo(word);
            sum = Add(sum, BinaryPrimitives.ReadUInt32LittleEndian(word));
        }
        return sum;
    }

    static uint Add(uint a, uint b)
    {
        ulong sum = (ulong)a + b;
        return (uint)sum + (uint)(sum >> 32);
    }
}
