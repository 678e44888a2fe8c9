using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// Many entries by one command (kernel/bpf/syscall.c, generic_map_*_batch). Keys and values lie one behind the other; <c>count</c> says how many may be
/// dealt with, and comes back as how many were, also when an error ends it.
/// </summary>
/// <remarks>
/// A lookup goes on behind the key that the one before ended with, in the order of key bytes, and is -ENOENT when it finds the end. The kernel goes through
/// a hash bucket by bucket instead, and is -ENOSPC when one does not fit: that cannot happen here.
/// </remarks>
public static partial class MapCommands
{
    /// <param name="last">The key that the lookup before ended with; empty for the first one.</param>
    public static int LookupBatch(Map map, ReadOnlySpan<byte> last, Span<byte> keys, Span<byte> values, ref int count, ulong flags = UpdateFlags.Any) =>
        !MayRead(map) ? -Errno.NotPermitted
        : !IsAny(map.Spec.Type, MapType.Array, MapType.PerCpuArray, MapType.ArrayOfMaps, MapType.LpmTrie) && !IsHash(map) ? -Errno.NotSupported
        : LookupAll(map, last, keys, values, ref count, flags, delete: false);

    public static int LookupAndDeleteBatch(Map map, ReadOnlySpan<byte> last, Span<byte> keys, Span<byte> values, ref int count, ulong flags = UpdateFlags.Any) =>
        !MayRead(map) || !MayWrite(map) ? -Errno.NotPermitted
        : !IsHash(map) ? -Errno.NotSupported
        : LookupAll(map, last, keys, values, ref count, flags, delete: true);

    public static int UpdateBatch(Map map, ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, ref int count, ulong flags = UpdateFlags.Any)
    {
        if (!MayWrite(map)) return -Errno.NotPermitted;
        if (!IsAny(map.Spec.Type, MapType.Array, MapType.PerCpuArray, MapType.ArrayOfMaps, MapType.LpmTrie) && !IsHash(map)) return -Errno.NotSupported;
        if (flags != 0) return -Errno.Invalid;
        int error = 0, done = 0, size = ValueBytes(map);
        for (; done < count; done++)
        {
            error = map.UpdateAll(keys.Slice(done * map.Spec.KeySize, map.Spec.KeySize), values.Slice(done * size, size), flags);
            if (error != 0) break;
        }
        count = done;
        return error;
    }

    public static int DeleteBatch(Map map, ReadOnlySpan<byte> keys, ref int count, ulong flags = UpdateFlags.Any)
    {
        if (!MayWrite(map)) return -Errno.NotPermitted;
        if (map is not LpmTrieMap && !IsHash(map)) return -Errno.NotSupported;
        if (flags != 0) return -Errno.Invalid;
        int error = 0, done = 0;
        for (; done < count; done++)
        {
            error = map.Delete(keys.Slice(done * map.Spec.KeySize, map.Spec.KeySize));
            if (error != 0) break;
        }
        count = done;
        return error;
    }

    static int LookupAll(Map map, ReadOnlySpan<byte> last, Span<byte> keys, Span<byte> values, ref int count, ulong flags, bool delete)
    {
        if (flags != 0) return -Errno.Invalid;
        int most = count, keySize = map.Spec.KeySize, valueSize = ValueBytes(map);
        count = 0;
        if (most == 0) return 0;
        foreach (var entry in map.Entries())
        {
            if (!last.IsEmpty && entry.Key.AsSpan().SequenceCompareTo(last) <= 0) continue;
            if (count == most) return 0;
            entry.Key.CopyTo(keys[(count * keySize)..]);
            for (int cpu = 0; cpu < entry.Values.Length; cpu++) entry.Values[cpu].CopyTo(values[(count * valueSize + cpu * map.Stride)..]);
            if (delete && map.Delete(entry.Key) != 0) continue;
            count++;
        }
        return -Errno.NoEntry;
    }

    static bool IsHash(Map map) => map is HashMap and not DevMapHash;

    static bool IsAny(MapType type, params ReadOnlySpan<MapType> types) => types.Contains(type);
}
