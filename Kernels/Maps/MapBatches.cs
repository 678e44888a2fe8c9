using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>A command on many entries.</summary>
public enum BatchCommand
{
    Lookup,
    LookupAndDelete,
    Update,
    Delete,
}

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
    /// <summary>Whether a map knows of a command.</summary>
    public static bool Has(Map map, BatchCommand command) => IsHash(map) || command switch
    {
        BatchCommand.Lookup or BatchCommand.Update => map.Spec.Type is MapType.Array or MapType.PerCpuArray or MapType.ArrayOfMaps or MapType.LpmTrie,
        BatchCommand.Delete => map is LpmTrieMap,
        _ => false,
    };

    /// <param name="last">The key that the lookup before ended with; empty for the first one.</param>
    public static int LookupBatch(Map map, ReadOnlySpan<byte> last, Span<byte> keys, Span<byte> values, ref int count, ulong flags = UpdateFlags.Any) =>
        !MayRead(map) ? -Errno.NotPermitted
        : !Has(map, BatchCommand.Lookup) ? -Errno.NotSupported
        : LookupAll(map, last, keys, values, ref count, flags, delete: false);

    public static int LookupAndDeleteBatch(Map map, ReadOnlySpan<byte> last, Span<byte> keys, Span<byte> values, ref int count, ulong flags = UpdateFlags.Any) =>
        !MayRead(map) || !MayWrite(map) ? -Errno.NotPermitted
        : !Has(map, BatchCommand.LookupAndDelete) ? -Errno.NotSupported
        : LookupAll(map, last, keys, values, ref count, flags, delete: true);

    public static int UpdateBatch(Map map, ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, ref int count, ulong flags = UpdateFlags.Any)
    {
        if (!MayWrite(map)) return -Errno.NotPermitted;
        if (!Has(map, BatchCommand.Update)) return -Errno.NotSupported;
        return flags != 0 ? -Errno.Invalid : Each(map, keys, values, ref count, (key, value) => map.UpdateAll(key, value, flags));
    }

    public static int DeleteBatch(Map map, ReadOnlySpan<byte> keys, ref int count, ulong flags = UpdateFlags.Any)
    {
        if (!MayWrite(map)) return -Errno.NotPermitted;
        if (!Has(map, BatchCommand.Delete)) return -Errno.NotSupported;
        return flags != 0 ? -Errno.Invalid : Each(map, keys, [], ref count, (key, _) => map.Delete(key));
    }

    /// <summary>What is done with an entry: 0, or an error that ends the batch.</summary>
    public delegate int OnEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Entry after entry until one fails.</summary>
    /// <param name="values">Empty if nobody needs them.</param>
    public static int Each(Map map, ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, ref int count, OnEntry one)
    {
        int error = 0, done = 0, keySize = map.Spec.KeySize, size = values.IsEmpty ? 0 : ValueBytes(map);
        for (; done < count; done++)
        {
            error = one(keys.Slice(done * keySize, keySize), values.Slice(done * size, size));
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
        var entries = InOrder(map);
        int from = 0;
        for (int n = 0; n < entries.Count && !last.IsEmpty; n++)
        {
            // One that is not there any more is where a hash goes on all the same; others begin anew.
            if (AreSame(map, last, entries[n].Key) || (IsHash(map) && entries[n].Key.AsSpan().SequenceCompareTo(last) <= 0)) from = n + 1;
        }
        foreach (var entry in entries.Skip(from))
        {
            if (count == most) return 0;
            if (Copy(map, entry.Key, values.Slice(count * valueSize, valueSize)) != 0) continue;
            entry.Key.CopyTo(keys[(count * keySize)..]);
            if (delete && map.Delete(entry.Key) != 0) continue;
            // Only a hash looks whether more would come.
            if (++count == most && !IsHash(map)) return 0;
        }
        return -Errno.NoEntry;
    }

    /// <summary>Entries as commands go through them: those of a trie from its leaves on, the side of 0 first (trie_get_next_key in kernel/bpf/lpm_trie.c), others by key.</summary>
    public static IReadOnlyList<MapEntry> InOrder(Map map) => map is LpmTrieMap ? [.. map.Entries().Order(Comparer<MapEntry>.Create((a, b) => LpmTrieMap.Compare(a.Key, b.Key)))] : map.Entries();

    /// <summary>Whether two keys are one: of prefixes only the bits count that they have.</summary>
    public static bool AreSame(Map map, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b) => map is LpmTrieMap ? LpmTrieMap.Compare(a, b) == 0 : a.SequenceEqual(b);

    static bool IsHash(Map map) => map is HashMap and not DevMapHash;
}
