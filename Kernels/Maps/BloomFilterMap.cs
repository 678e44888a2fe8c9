using System.Numerics;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// <c>BPF_MAP_TYPE_BLOOM_FILTER</c>: a value that was pushed is found; one that was not is rarely found too (kernel/bpf/bloom_filter.c). No
/// operation waits for another.
/// </summary>
/// <remarks>
/// Bits and hash functions are the kernel's, under the seed that it uses with <c>BPF_F_ZERO_SEED</c>: then every answer is the kernel's. Without that flag
/// the kernel draws a seed, so that which values are found without having been pushed differs.
/// </remarks>
public sealed class BloomFilterMap : Map, IPushMap
{
    const int DefaultHashes = 5, BitsPerWord = 64;

    readonly ulong[] _bits;
    readonly uint _mask;
    readonly uint _hashes;

    public BloomFilterMap(uint id, MapSpec spec) : base(id, spec, values: 0, cpus: 1)
    {
        _hashes = HashesOf(spec);
        ulong bits = BitsOf(spec);
        _mask = (uint)(bits - 1);
        _bits = new ulong[bits / BitsPerWord];
    }

    public MemoryAccess PeekAccess => MemoryAccess.Read;

    public override int Count => 0;

    public override long MemoryBytes => BytesOf(Spec);

    public static long BytesOf(MapSpec spec) => (long)BitsOf(spec) / 8;

    public int Push(ReadOnlySpan<byte> value, ulong flags)
    {
        if (flags != UpdateFlags.Any) return -Errno.Invalid;
        for (uint n = 0; n < _hashes; n++)
        {
            uint bit = JenkinsHash.Of(value, n) & _mask;
            Interlocked.Or(ref _bits[bit / BitsPerWord], 1UL << (int)(bit % BitsPerWord));
        }
        return 0;
    }

    public int Peek(Span<byte> value)
    {
        for (uint n = 0; n < _hashes; n++)
        {
            uint bit = JenkinsHash.Of(value, n) & _mask;
            if ((Volatile.Read(ref _bits[bit / BitsPerWord]) >> (int)(bit % BitsPerWord) & 1) == 0) return -Errno.NoEntry;
        }
        return 0;
    }

    public int Pop(Span<byte> value) => -Errno.OperationNotSupported;

    public override int Find(ReadOnlySpan<byte> key, int cpu) => -1;

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu) => -Errno.Invalid;

    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) => Push(value, flags);

    public override int Delete(ReadOnlySpan<byte> key) => -Errno.OperationNotSupported;

    /// <summary>What was pushed cannot be told.</summary>
    public override IReadOnlyList<MapEntry> Entries() => [];

    static uint HashesOf(MapSpec spec) => spec.Extra == 0 ? DefaultHashes : (uint)spec.Extra;

    /// <summary>About entries · hashes / ln 2, as a power of two, by the kernel's integers.</summary>
    static ulong BitsOf(MapSpec spec)
    {
        const ulong most = 1UL << 32;
        ulong product = (ulong)spec.MaxEntries * HashesOf(spec);
        if (product > uint.MaxValue) return most;
        ulong bits = product / 5 * 7;
        return bits > most / 2 ? most : Math.Max(BitsPerWord, BitOperations.RoundUpToPowerOf2(bits));
    }
}
