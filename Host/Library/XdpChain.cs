using Chainring.Host.Driver.Emulated;
using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Spec;

namespace Chainring.Host;

/// <summary>
/// A chain table: which program follows a program, by its return code. It takes effect when it is installed (<see cref="NicPort.Attach"/>), and each change
/// of it from the next batch on.
/// </summary>
public sealed class XdpChain : IDisposable
{
    readonly XdpMap _map;
    readonly Dictionary<uint, XdpProgram> _programs = [];

    XdpChain(XdpMap map) => _map = map;

    public int Fd => _map.Fd;

    public uint Id => _map.Id;

    /// <summary>A table of the host, for SKB and DRV mode.</summary>
    public static XdpChain OnHost(Nic nic, int maxEntries = 32) => Create(nic, 0, maxEntries);

    /// <summary>A table of a card, for HW mode.</summary>
    public static XdpChain For(NicPort port, int maxEntries = 32) => Create(port.Nic, port.Ifindex, maxEntries);

    static XdpChain Create(Nic nic, int ifindex, int maxEntries) => new(XdpMap.Create(nic,
        new() { Name = "chain", Type = (MapType)ChainUapi.MapType, KeySize = sizeof(uint), ValueSize = ChainEntry.BytesWithAborted, MaxEntries = maxEntries }, ifindex));

    /// <summary>What follows a program, by ids; empty if nothing does.</summary>
    public ChainEntry After(XdpProgram program) => _map.Lookup(BitConverter.GetBytes(program.Id)) is { } value ? ChainEntry.Read(value)!.Value : default;

    /// <summary>Every program that something follows.</summary>
    public IReadOnlyDictionary<uint, ChainEntry> Entries => _map.Keys().ToDictionary(key => BitConverter.ToUInt32(key), key => ChainEntry.Read(_map.Lookup(key)!)!.Value);

    /// <summary>Lets a program follow another on a return code, or with null on every code that has no edge of its own.</summary>
    public void Set(XdpProgram program, XdpAction? on, XdpProgram? next)
    {
        if (next is not null) _programs[next.Id] = next;
        _programs[program.Id] = program;
        Write(program, After(program).With(on, next?.Id ?? 0));
    }

    /// <summary>Nothing follows a program any more.</summary>
    public void Remove(XdpProgram program)
    {
        if (!After(program).IsEmpty) _map.Delete(BitConverter.GetBytes(program.Id));
    }

    /// <summary>Puts a program behind another, on a code; what followed there follows it.</summary>
    public void InsertAfter(XdpProgram program, XdpAction? on, XdpProgram inserted)
    {
        uint next = After(program)[SlotOf(on)];
        // First the new one leads on, then the old one leads to it: no frame finds a gap.
        if (next != 0) Set(inserted, on, Known(next));
        Set(program, on, inserted);
    }

    /// <summary>Puts a program before another, on a code: whatever led to that one leads to it.</summary>
    public void InsertBefore(XdpProgram program, XdpAction? on, XdpProgram inserted)
    {
        var before = Entries;
        Set(inserted, on, program);
        Redirect(before, program.Id, inserted);
    }

    /// <summary>Puts a program in the place of another: what followed the one follows the other, and what led to it leads there.</summary>
    public void Replace(XdpProgram program, XdpProgram replacement)
    {
        var before = Entries;
        _programs[replacement.Id] = replacement;
        var entry = After(program);
        if (!entry.IsEmpty) Write(replacement, entry);
        Redirect(before, program.Id, replacement);
        Remove(program);
    }

    public void Dispose() => _map.Dispose();

    void Redirect(IReadOnlyDictionary<uint, ChainEntry> entries, uint from, XdpProgram to)
    {
        _programs[to.Id] = to;
        foreach (var (id, entry) in entries)
        {
            var changed = entry;
            foreach (var on in Codes)
            {
                if (entry[SlotOf(on)] == from) changed = changed.With(on, to.Id);
            }
            if (changed != entry && id != to.Id) Write(Known(id), changed);
        }
    }

    static readonly XdpAction?[] Codes = [null, XdpAction.Aborted, XdpAction.Drop, XdpAction.Pass, XdpAction.Tx, XdpAction.Redirect];

    static int SlotOf(XdpAction? on) => on is { } code ? (int)code : ChainStage.WildcardSlot;

    XdpProgram Known(uint id) => _programs.GetValueOrDefault(id) ?? throw new XdpException(Errno.NoEntry, "chain", $"program {id} was put into the table by somebody else");

    /// <summary>A lookup tells ids, an update takes descriptors.</summary>
    void Write(XdpProgram program, ChainEntry ids)
    {
        if (ids.IsEmpty)
        {
            Remove(program);
            return;
        }
        var descriptors = Codes.Aggregate(default(ChainEntry), (entry, on) => ids[SlotOf(on)] is 0 ? entry : entry.With(on, (uint)Known(ids[SlotOf(on)]).Fd));
        var value = new byte[ChainEntry.BytesWithAborted];
        descriptors.Write(value);
        _map.Update(BitConverter.GetBytes(program.Id), value);
    }
}
