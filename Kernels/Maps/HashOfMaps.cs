using System.Buffers.Binary;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary><c>BPF_MAP_TYPE_HASH_OF_MAPS</c>: maps by any key (kernel/bpf/hashtab.c). A hash whose values are ids, replaced in place.</summary>
public sealed class HashOfMaps(uint id, MapSpec spec) : HashMap(id, spec, cpus: 1, inPlace: true), IMapOfMaps
{
    public MapSpec Template => Spec.Inner!;

    public IEnumerable<uint> Inner => Entries().Select(e => BinaryPrimitives.ReadUInt32LittleEndian(e.Values[0]));

    public override int Find(ReadOnlySpan<byte> key, int cpu) => WordOf(key) is not 0 and var inner ? (int)inner : -1;

    public int Set(ReadOnlySpan<byte> key, Map inner, ulong flags)
    {
        if (!InnerMaps.Fits(Template, inner.Spec)) return -Errno.Invalid;
        Span<byte> value = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(value, inner.Id);
        return base.UpdateAll(key, value, flags);
    }

    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu) => -Errno.Invalid;

    /// <summary>Maps are put there by <see cref="Set"/>: no number is the descriptor of one here.</summary>
    public override int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) => -Errno.BadDescriptor;
}
