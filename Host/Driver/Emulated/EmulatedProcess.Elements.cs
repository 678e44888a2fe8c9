using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Emulated;

// The commands on elements of maps, in the order of checks of kernel/bpf/syscall.c.
public sealed partial class EmulatedProcess
{
    int LookupElement(Fields attr)
    {
        ulong flags = attr.U64(24);
        if ((flags & ~UpdateFlags.Lock) != 0) return -Errno.Invalid;
        if (MapOf(attr, 0, out var map, reads: true) is var denied and not 0) return denied;
        if (flags != 0) return -Errno.Invalid;
        if (Key(map, attr.U64(8), out var key) is var fault and not 0) return fault;
        var value = new byte[map.ValueBytes];
        // A Bloom filter is asked for a value.
        if (map.Spec.Type == MapType.BloomFilter && !Memory.TryRead(attr.U64(16), value)) return -Errno.Fault;
        int result = map.Lookup(key, value, flags);
        return result != 0 ? result : Memory.TryWrite(attr.U64(16), value) ? 0 : -Errno.Fault;
    }

    int UpdateElement(Fields attr)
    {
        if (MapOf(attr, 0, out var map, writes: true) is var denied and not 0) return denied;
        ulong flags = attr.U64(24);
        if ((flags & UpdateFlags.Lock) != 0) return -Errno.Invalid;
        if (Key(map, attr.U64(8), out var key) is var fault and not 0) return fault;
        var value = new byte[map.ValueBytes];
        if (!Memory.TryRead(attr.U64(16), value)) return -Errno.Fault;
        return map.Update(this, key, value, flags);
    }

    int DeleteElement(Fields attr)
    {
        if (MapOf(attr, 0, out var map, writes: true) is var denied and not 0) return denied;
        return Key(map, attr.U64(8), out var key) is var fault and not 0 ? fault : map.Delete(key);
    }

    int NextKey(Fields attr)
    {
        if (MapOf(attr, 0, out var map, reads: true) is var denied and not 0) return denied;
        byte[] key = [];
        if (attr.U64(8) != 0 && Key(map, attr.U64(8), out key) is var fault and not 0) return fault;
        var next = new byte[map.Spec.KeySize];
        int result = map.NextKey(key, next);
        return result != 0 ? result : Memory.TryWrite(attr.U64(16), next) ? 0 : -Errno.Fault;
    }

    int LookupAndDeleteElement(Fields attr)
    {
        ulong flags = attr.U64(24);
        if ((flags & ~UpdateFlags.Lock) != 0) return -Errno.Invalid;
        if (MapOf(attr, 0, out var map, reads: true, writes: true) is var denied and not 0) return denied;
        if (map.IsOffloaded) return -Errno.NotSupported;
        if (flags != 0) return -Errno.Invalid;
        if (Key(map, attr.U64(8), out var key) is var fault and not 0) return fault;
        var value = new byte[map.ValueBytes];
        int result = map.LookupAndDelete(key, value, flags);
        return result != 0 ? result : Memory.TryWrite(attr.U64(16), value) ? 0 : -Errno.Fault;
    }

    int Freeze(Fields attr)
    {
        if (!Get<BpfMap>(attr.I32(0)).Try(out var map, out int errno)) return -errno;
        if (map.Spec.LockOffset is not null) return -Errno.NotSupported;
        // A frozen map has no writer any more.
        if (map.IsFrozen || !Open(attr.I32(0))!.CanWrite) return -Errno.NotPermitted;
        map.IsFrozen = true;
        map.OfPrograms?.Freeze();
        return 0;
    }

    int Batch(Fields attr, BatchCommand command)
    {
        bool reads = command is BatchCommand.Lookup or BatchCommand.LookupAndDelete, writes = command != BatchCommand.Lookup;
        if (MapOf(attr, 36, out var map, reads, writes) is var denied and not 0) return denied;
        if (map.IsOffloaded || map.OfPrograms is not { } onHost || !MapCommands.Has(onHost, command)) return -Errno.NotSupported;
        ulong flags = attr.U64(40);
        if (flags != 0 || (attr.U64(48) != 0 && reads && onHost is HashMap)) return -Errno.Invalid;
        int count = (int)attr.U32(32), keySize = map.Spec.KeySize;
        // More than this is not there to be read or written.
        const int most = 1 << 24;
        if (count is < 0 or > most || (long)count * (keySize + map.ValueBytes) > int.MaxValue) return -Errno.NoMemory;
        if (count == 0) return 0;
        byte[] keys = new byte[count * keySize], values = new byte[count * map.ValueBytes], last = [];
        int result;
        if (reads)
        {
            if (attr.U64(0) != 0 && !Memory.TryRead(attr.U64(0), last = new byte[keySize])) return -Errno.Fault;
            // Maps in a map are given up by whoever holds them there.
            bool letsGo = command == BatchCommand.LookupAndDelete && onHost is IMapOfMaps;
            result = command == BatchCommand.Lookup || letsGo
                ? MapCommands.LookupBatch(onHost, last, keys, values, ref count, flags)
                : MapCommands.LookupAndDeleteBatch(onHost, last, keys, values, ref count, flags);
            for (int n = 0; n < count && letsGo; n++) map.Delete(keys.AsSpan(n * keySize, keySize));
            bool isWritten = Memory.TryWrite(attr.U64(16), keys.AsSpan(0, count * keySize)) && Memory.TryWrite(attr.U64(24), values.AsSpan(0, count * map.ValueBytes))
                && (count == 0 || Memory.TryWrite(attr.U64(8), keys.AsSpan((count - 1) * keySize, keySize)));
            if (!isWritten) return -Errno.Fault;
        }
        else
        {
            if (!Memory.TryRead(attr.U64(16), keys)) return -Errno.Fault;
            if (command == BatchCommand.Update && !Memory.TryRead(attr.U64(24), values)) return -Errno.Fault;
            result = MapCommands.Each(onHost, keys, values, ref count, (key, value) => command == BatchCommand.Update ? map.Update(this, key, value, flags) : map.Delete(key));
        }
        attr.Set(32, (uint)count);
        return result;
    }

    /// <summary>A map behind a descriptor that may be used so.</summary>
    int MapOf(Fields attr, int at, out BpfMap map, bool reads = false, bool writes = false)
    {
        if (!Get<BpfMap>(attr.I32(at)).Try(out var found, out int errno))
        {
            map = null!;
            return -errno;
        }
        map = found;
        var open = Open(attr.I32(at))!;
        return (reads && !open.CanRead) || (writes && (!open.CanWrite || map.IsFrozen)) ? -Errno.NotPermitted : 0;
    }

    /// <summary>The key at an address; a map without keys takes none.</summary>
    int Key(BpfMap map, ulong address, out byte[] key)
    {
        key = new byte[map.Spec.KeySize];
        if (key.Length == 0) return address == 0 ? 0 : -Errno.Invalid;
        return Memory.TryRead(address, key) ? 0 : -Errno.Fault;
    }
}
