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

/// <summary>An ordinary map: it lives in the host.</summary>
public class HostMap : BpfMap
{
    readonly SmartNic _engine;
    readonly KeyWalk _walk;
    readonly Dictionary<string, BpfObject> _held = [];

    internal HostMap(EmulatedHost host, SmartNic engine, Map map, MapDeclaration declaration) : base(host, map.Id, declaration) => (_engine, Map, _walk) = (engine, map, new(map));

    private protected Map Map { get; }

    internal override Map? OfPrograms => Map;

    public override int ValueBytes => MapCommands.ValueBytes(Map);

    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags) => MapCommands.Lookup(Map, key, value, flags);

    public override int Update(EmulatedProcess process, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        if (Map is ProgramArrayMap array) return SetProgram(process, array, key, value, flags);
        if (Map is IMapOfMaps) return SetMap(process, key, value, flags);
        return MapCommands.Update(Map, key, value, flags);
    }

    public override int Delete(ReadOnlySpan<byte> key)
    {
        if (Map is ProgramArrayMap array) return _engine.SetTailCall(array, key, null) is var result and not 0 ? result : Drop(key);
        if (Map is IMapOfMaps) return _engine.SetInnerMap(Map, key, null) is var result and not 0 ? result : Drop(key);
        return MapCommands.Delete(Map, key);
    }

    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next) => _walk.Next(key, next);

    public override int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, ulong flags) => MapCommands.LookupAndDelete(Map, key, value, flags);

    int SetProgram(EmulatedProcess process, ProgramArrayMap array, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        if (flags != UpdateFlags.Any) return -Errno.Invalid;
        if (!process.Get<BpfProgram>(BitConverter.ToInt32(value)).Try(out var program, out int errno)) return -errno;
        if (program.Loaded is not { } loaded || program.IsDeviceBound || !array.IsForKindOf(loaded.Spec)) return -Errno.Invalid;
        return _engine.SetTailCall(array, key, loaded) is var result and not 0 ? result : Hold(key, program);
    }

    int SetMap(EmulatedProcess process, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        if (!process.Get<BpfMap>(BitConverter.ToInt32(value)).Try(out var map, out int errno)) return -errno;
        if (map.OfPrograms is not { } inner || map.IsOffloaded) return -Errno.Invalid;
        return _engine.SetInnerMap(Map, key, inner, flags) is var result and not 0 ? result : Hold(key, map);
    }

    int Hold(ReadOnlySpan<byte> key, BpfObject held)
    {
        held.Retain();
        Drop(key);
        _held[Convert.ToHexString(key)] = held;
        return 0;
    }

    int Drop(ReadOnlySpan<byte> key)
    {
        if (_held.Remove(Convert.ToHexString(key), out var old)) old.Release();
        return 0;
    }

    private protected override void Destroy()
    {
        base.Destroy();
        foreach (var held in _held.Values) held.Release();
        _engine.Maps.Remove(Map);
    }
}

/// <summary>A map on a card. Without the card there is nothing to ask any more.</summary>
public sealed class CardMap : BpfMap
{
    readonly OffloadDevice _card;
    readonly Map _map;
    readonly KeyWalk _walk;
    readonly byte[]?[]? _slots;

    internal CardMap(EmulatedHost host, OffloadDevice card, NetDevice home, Map map, MapDeclaration declaration) : base(host, map.Id, declaration)
    {
        (_card, _map, Home, _walk) = (card, map, home, new(map));
        if (card.Driver.SlotsOfMaps is { } slots && map is HashMap) _slots = new byte[slots][];
    }

    public override bool IsOffloaded => true;

    internal override Map? OfPrograms => Home is null ? null : _map;

    public override int ValueBytes => MapCommands.ValueBytes(_map);

    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags) =>
        flags != 0 ? -Errno.Invalid : Home is null ? -Errno.NoDevice : MapCommands.Lookup(_map, key, value, flags);

    public override int Update(EmulatedProcess process, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        if (flags > UpdateFlags.Exist) return -Errno.Invalid;
        if (Home is null) return -Errno.NoDevice;
        int result = MapCommands.Update(_map, key, value, flags);
        // The simulated device looks for the element before it asks whether there can be one.
        if (result == -Errno.TooBig && flags == UpdateFlags.Exist && _card.Driver.SlotsOfMaps is not null) return -Errno.NoEntry;
        return result;
    }

    public override int Delete(ReadOnlySpan<byte> key) => Home is null ? -Errno.NoDevice : MapCommands.Delete(_map, key);

    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next)
    {
        if (Home is null) return -Errno.NoDevice;
        if (_slots is null) return _walk.Next(key, next);
        PlaceKeys();
        int at = key.IsEmpty ? -1 : IndexOf(key);
        for (at++; at < _slots.Length; at++)
        {
            if (_slots[at] is not { } found) continue;
            found.CopyTo(next);
            return 0;
        }
        return -Errno.NoEntry;
    }

    int IndexOf(ReadOnlySpan<byte> key)
    {
        for (int n = 0; n < _slots!.Length; n++)
        {
            if (_slots[n] is { } placed && key.SequenceEqual(placed)) return n;
        }
        return -1;
    }

    /// <summary>Elements are walked in the order of slots, of which a new one takes the first that is free.</summary>
    void PlaceKeys()
    {
        for (int n = 0; n < _slots!.Length; n++)
        {
            if (_slots[n] is { } placed && _map.Find(placed, cpu: 0) < 0) _slots[n] = null;
        }
        foreach (var entry in _map.Entries())
        {
            if (IndexOf(entry.Key) < 0) _slots[Array.IndexOf(_slots, null)] = entry.Key;
        }
    }

    /// <summary>The card has gone: the map keeps its descriptors and pins, and has no id any more.</summary>
    internal void Orphan()
    {
        Home = null;
        Host.MapsById.Remove(Id);
        _card.Memory.Maps.Remove(_map);
    }

    private protected override void Destroy()
    {
        base.Destroy();
        if (Home is null) return;
        _card.Forget(this);
        _card.Memory.Maps.Remove(_map);
    }
}
