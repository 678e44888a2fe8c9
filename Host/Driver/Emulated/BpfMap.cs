using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Emulated;

/// <summary>A map of the emulated host. Commands answer 0 or a negative errno, as bpf(2) does.</summary>
public abstract class BpfMap : BpfObject
{
    private protected BpfMap(EmulatedHost host, uint id, MapDeclaration declaration)
    {
        (Host, Id, Declaration) = (host, id, declaration);
        declaration.Types?.Retain();
        host.MapsById.Add(id, this);
    }

    private protected EmulatedHost Host { get; }

    public uint Id { get; }

    /// <summary>What it was created with; the flags that hold for its first descriptor alone are not in it.</summary>
    public MapDeclaration Declaration { get; }

    public MapSpec Spec => Declaration.Spec;

    /// <summary>It was created for a device.</summary>
    public virtual bool IsOffloaded => false;

    /// <summary>The port that it is reported with; null of ordinary maps and of orphans.</summary>
    public NetDevice? Home { get; internal set; }

    public bool IsFrozen { get; internal set; }

    /// <summary>Bytes of a value as commands exchange it.</summary>
    public virtual int ValueBytes => Spec.ValueSize;

    public abstract int Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags);

    /// <param name="process">Whose descriptors a value names.</param>
    public abstract int Update(EmulatedProcess process, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags);

    public abstract int Delete(ReadOnlySpan<byte> key);

    /// <param name="key">Empty for the first one, as is a key that is not there.</param>
    public abstract int NextKey(ReadOnlySpan<byte> key, Span<byte> next);

    public virtual int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, ulong flags) => -Errno.NotSupported;

    /// <summary>The map that programs use; null if none can.</summary>
    internal virtual Map? OfPrograms => null;

    private protected override void Destroy()
    {
        // An orphan has lost its id, and another map has none of the same.
        Host.MapsById.Remove(Id);
        Declaration.Types?.Release();
    }
}

/// <summary>What a map is created with.</summary>
/// <param name="Types">Of key and value; null if they were not given.</param>
/// <param name="KeyType">A type's number there.</param>
/// <param name="ValueType">The same.</param>
public sealed record MapDeclaration(MapSpec Spec, BpfTypes? Types = null, uint KeyType = 0, uint ValueType = 0);

/// <summary>A map that programs use: its elements are in the memory of the host, or of a card.</summary>
public abstract class ElementMap : BpfMap
{
    readonly SmartNic _engine;
    readonly KeyWalk _walk;
    readonly Dictionary<string, BpfObject> _held = [];

    private protected ElementMap(EmulatedHost host, SmartNic engine, Map map, MapDeclaration declaration) : base(host, map.Id, declaration) =>
        (_engine, Map, _walk) = (engine, map, new(map));

    private protected Map Map { get; }

    public override int ValueBytes => MapCommands.ValueBytes(Map);

    /// <summary>Whether it and programs or maps of that kind are of the same home.</summary>
    private protected abstract bool IsOfSameHome(BpfProgram program);

    private protected abstract bool IsOfSameHome(BpfMap map);

    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags) => MapCommands.Lookup(Map, key, value, flags);

    public override int Update(EmulatedProcess process, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags) => Map switch
    {
        ProgramArrayMap array => SetProgram(process, array, key, value, flags),
        IMapOfMaps => SetMap(process, key, value, flags),
        _ when Spec.Type is MapType.DevMap or MapType.DevMapHash && ComesThere(key, flags) && NamesNoDevice(process, value) => -Errno.Invalid,
        _ when Spec.Type == MapType.CpuMap && ComesThere(key, flags) && BitConverter.ToUInt32(key) >= (uint)Host.Options.Cpus => -Errno.NoDevice,
        _ => MapCommands.Update(Map, key, value, flags),
    };

    public override int Delete(ReadOnlySpan<byte> key)
    {
        int result = Map switch
        {
            ProgramArrayMap array => _engine.SetTailCall(array, key, null),
            IMapOfMaps => _engine.SetInnerMap(Map, key, null),
            _ => MapCommands.Delete(Map, key),
        };
        return result != 0 ? result : Drop(key) || Map is not (ProgramArrayMap or IMapOfMaps) ? 0 : -Errno.NoEntry;
    }

    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next) => _walk.Next(key, next);

    int SetProgram(EmulatedProcess process, ProgramArrayMap array, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        if (flags != UpdateFlags.Any) return -Errno.Invalid;
        if (BitConverter.ToUInt32(key) >= (uint)array.Spec.MaxEntries) return -Errno.TooBig;
        if (!process.Get<BpfProgram>(BitConverter.ToInt32(value)).Try(out var program, out int errno)) return -errno;
        if (program.Loaded is not { } loaded || !IsOfSameHome(program) || !array.IsForKindOf(loaded.Spec)) return -Errno.Invalid;
        return _engine.SetTailCall(array, key, loaded) is var result and not 0 ? result : Hold(key, program);
    }

    int SetMap(EmulatedProcess process, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        if (Spec.Type == MapType.ArrayOfMaps && flags != UpdateFlags.Any) return -Errno.Invalid;
        if (Spec.Type == MapType.ArrayOfMaps && BitConverter.ToUInt32(key) >= (uint)Spec.MaxEntries) return -Errno.TooBig;
        if (!process.Get<BpfMap>(BitConverter.ToInt32(value)).Try(out var map, out int errno)) return -errno;
        if (map.OfPrograms is not { } inner || !IsOfSameHome(map)) return -Errno.Invalid;
        return _engine.SetInnerMap(Map, key, inner, flags) is var result and not 0 ? result : Hold(key, map);
    }

    /// <summary>Whether an update gets so far that the kernel looks at what the value names.</summary>
    bool ComesThere(ReadOnlySpan<byte> key, ulong flags) =>
        flags <= UpdateFlags.Exist && (Spec.Type == MapType.DevMapHash || (flags != UpdateFlags.NoExist && BitConverter.ToUInt32(key) < (uint)Spec.MaxEntries));

    bool NamesNoDevice(EmulatedProcess process, ReadOnlySpan<byte> value) => BitConverter.ToInt32(value) is var ifindex and not 0 && Host.Find(process.Namespace, ifindex) is null;

    int Hold(ReadOnlySpan<byte> key, BpfObject held)
    {
        held.Retain();
        Drop(key);
        _held[Convert.ToHexString(key)] = held;
        return 0;
    }

    /// <summary>False if nothing is held there.</summary>
    bool Drop(ReadOnlySpan<byte> key)
    {
        if (!_held.Remove(Convert.ToHexString(key), out var old)) return false;
        old.Release();
        return true;
    }

    /// <summary>A prog array that nobody can reach is emptied: it may hold programs that hold it.</summary>
    private protected override void LoseUsers()
    {
        if (Map is not ProgramArrayMap array) return;
        foreach (string key in _held.Keys.ToArray())
        {
            _engine.SetTailCall(array, Convert.FromHexString(key), null);
            Drop(Convert.FromHexString(key));
        }
    }

    /// <summary>Gives up its elements, and what they hold.</summary>
    private protected void Clear()
    {
        _engine.Maps.Remove(Map);
        foreach (var held in _held.Values) held.Release();
        _held.Clear();
    }
}

/// <summary>An ordinary map: it lives in the host.</summary>
public sealed class HostMap : ElementMap
{
    internal HostMap(EmulatedHost host, SmartNic engine, Map map, MapDeclaration declaration) : base(host, engine, map, declaration)
    {
    }

    internal override Map? OfPrograms => Map;

    public override int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, ulong flags) => MapCommands.LookupAndDelete(Map, key, value, flags);

    private protected override bool IsOfSameHome(BpfProgram program) => !program.IsDeviceBound;

    private protected override bool IsOfSameHome(BpfMap map) => !map.IsOffloaded;

    private protected override void Destroy()
    {
        base.Destroy();
        Clear();
    }
}

/// <summary>A map on a card. Without the card there is nothing to ask any more.</summary>
public sealed class CardMap : ElementMap
{
    readonly OffloadDevice _card;
    readonly byte[]?[]? _slots;

    internal CardMap(EmulatedHost host, OffloadDevice card, NetDevice home, Map map, MapDeclaration declaration) : base(host, home.OnCard!, map, declaration)
    {
        (_card, Home) = (card, home);
        if (card.Driver.SlotsOfMaps is { } slots && map is HashMap) _slots = new byte[slots][];
    }

    public override bool IsOffloaded => true;

    internal override Map? OfPrograms => Home is null ? null : Map;

    private protected override bool IsOfSameHome(BpfProgram program) => program.IsOffloaded && program.Home?.Card == _card;

    private protected override bool IsOfSameHome(BpfMap map) => map.IsOffloaded && map.Home?.Card == _card;

    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags) =>
        flags != 0 ? -Errno.Invalid : Home is null ? -Errno.NoDevice : base.Lookup(key, value, flags);

    public override int Update(EmulatedProcess process, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        if (flags > UpdateFlags.Exist) return -Errno.Invalid;
        if (Home is null) return -Errno.NoDevice;
        int result = base.Update(process, key, value, flags);
        // The simulated device looks for the element before it asks whether there can be one.
        return result == -Errno.TooBig && flags == UpdateFlags.Exist && _card.Driver.SlotsOfMaps is not null ? -Errno.NoEntry : result;
    }

    public override int Delete(ReadOnlySpan<byte> key) => Home is null ? -Errno.NoDevice : base.Delete(key);

    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next) =>
        Home is null ? -Errno.NoDevice : _slots is null ? base.NextKey(key, next) : NextSlot(_slots, key, next);

    /// <summary>Elements are walked in the order of slots.</summary>
    int NextSlot(byte[]?[] slots, ReadOnlySpan<byte> key, Span<byte> next)
    {
        PlaceKeys(slots);
        for (int at = (key.IsEmpty ? -1 : IndexOf(slots, key)) + 1; at < slots.Length; at++)
        {
            if (slots[at] is not { } found) continue;
            found.CopyTo(next);
            return 0;
        }
        return -Errno.NoEntry;
    }

    /// <summary>A new element takes the first slot that is free.</summary>
    void PlaceKeys(byte[]?[] slots)
    {
        for (int n = 0; n < slots.Length; n++)
        {
            if (slots[n] is { } placed && Map.Find(placed, cpu: 0) < 0) slots[n] = null;
        }
        foreach (var entry in Map.Entries())
        {
            if (IndexOf(slots, entry.Key) < 0) slots[Array.IndexOf(slots, null)] = entry.Key;
        }
    }

    static int IndexOf(byte[]?[] slots, ReadOnlySpan<byte> key)
    {
        for (int n = 0; n < slots.Length; n++)
        {
            if (slots[n] is { } placed && key.SequenceEqual(placed)) return n;
        }
        return -1;
    }

    /// <summary>The card has gone: the map keeps its descriptors and pins, and has no id any more.</summary>
    internal void Orphan()
    {
        Home = null;
        Host.MapsById.Remove(Id);
        Clear();
    }

    private protected override void Destroy()
    {
        base.Destroy();
        if (Home is null) return;
        _card.Forget(this);
        Clear();
    }
}
