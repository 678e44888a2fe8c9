using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Emulated;

/// <summary>
/// A chain table as a map, as the 2019 series had it: the key is the id of a program, the value a slot for each return code. An update names programs by
/// descriptors, a lookup by ids; 0 is an empty slot.
/// </summary>
public sealed class ChainMap : BpfMap
{
    readonly OffloadDevice? _card;
    readonly SmartNic _engine;
    readonly Dictionary<uint, BpfProgram[]> _held = [];

    /// <param name="card">Null for a table of the host.</param>
    internal ChainMap(EmulatedHost host, OffloadDevice? card, NetDevice? home, SmartNic engine, ChainTable table, uint id, MapDeclaration declaration) : base(host, id, declaration) =>
        (_card, Home, _engine, Table) = (card, home, engine, table);

    public ChainTable Table { get; }

    public override bool IsOffloaded => _card is not null;

    bool IsOrphan => _card is not null && Home is null;

    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value, ulong flags)
    {
        if (flags != 0) return -Errno.Invalid;
        if (IsOrphan) return -Errno.NoDevice;
        if (!Table.Entries.TryGetValue(BitConverter.ToUInt32(key), out var entry)) return -Errno.NoEntry;
        entry.Write(value);
        return 0;
    }

    public override int Update(EmulatedProcess process, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        if (IsOrphan) return -Errno.NoDevice;
        uint program = BitConverter.ToUInt32(key);
        var descriptors = ChainEntry.Read(value)!.Value;
        var ids = default(ChainEntry);
        var held = new List<BpfProgram>();
        foreach (var on in (XdpAction?[])[null, XdpAction.Aborted, XdpAction.Drop, XdpAction.Pass, XdpAction.Tx, XdpAction.Redirect])
        {
            int slot = on is { } code ? (int)code : ChainStage.WildcardSlot;
            if (descriptors[slot] == 0) continue;
            if (!process.Get<BpfProgram>((int)descriptors[slot]).Try(out var next, out int errno)) return -errno;
            if (!IsMember(next)) return -Errno.Invalid;
            held.Add(next);
            ids = ids.With(on, next.Id);
        }
        if (Host.ProgramsById.GetValueOrDefault(program) is { } owner)
        {
            if (!IsMember(owner)) return -Errno.Invalid;
            held.Add(owner);
        }
        if (Table.Update(program, ids, flags) is { } refusal) return -RefusalErrno.Of(refusal);
        foreach (var now in held) now.Retain();
        Drop(program);
        _held[program] = [.. held];
        return 0;
    }

    public override int Delete(ReadOnlySpan<byte> key)
    {
        if (IsOrphan) return -Errno.NoDevice;
        uint program = BitConverter.ToUInt32(key);
        if (Table.Delete(program) is { } refusal) return -RefusalErrno.Of(refusal);
        Drop(program);
        return 0;
    }

    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next)
    {
        if (IsOrphan) return -Errno.NoDevice;
        uint[] keys = [.. Table.Entries.Keys];
        int at = key.IsEmpty ? -1 : Array.IndexOf(keys, BitConverter.ToUInt32(key));
        if (at + 1 >= keys.Length) return -Errno.NoEntry;
        BitConverter.TryWriteBytes(next, keys[at + 1]);
        return 0;
    }

    /// <summary>A table of a card links programs of that card, one of the host programs that run there.</summary>
    bool IsMember(BpfProgram program) => program.Loaded is not null && (_card is null ? !program.IsDeviceBound : program.IsOffloaded && program.Home!.Card == _card);

    void Drop(uint program)
    {
        if (!_held.Remove(program, out var held)) return;
        foreach (var before in held) before.Release();
    }

    internal void Orphan()
    {
        Home = null;
        Host.MapsById.Remove(Id);
        Clear();
    }

    void Clear()
    {
        _engine.Remove(Table);
        foreach (uint program in _held.Keys.ToArray()) Drop(program);
    }

    private protected override void Destroy()
    {
        base.Destroy();
        if (IsOrphan) return;
        _card?.Forget(this);
        Clear();
    }
}
