using Chainring.Kernels;
using Chainring.Kernels.Maps;

namespace Chainring.Host.Driver.Emulated;

// bpf(2): a command and the bytes of its attributes. What each command does is in files of its own.
public sealed partial class EmulatedProcess
{
    /// <summary>The kernel's union of all attributes (Linux 6.12), and the most that is taken with zeros behind it.</summary>
    const int AttributeBytes = 152, MaxAttributeBytes = 4096;

    /// <summary>BPF_F_RDONLY and BPF_F_WRONLY: what a descriptor may be used for.</summary>
    const uint ReadOnlyDescriptor = 1 << 3, WriteOnlyDescriptor = 1 << 4;

    /// <summary>By command: where the fields end that it knows, and what it does.</summary>
    static readonly Dictionary<int, (int Fields, Func<EmulatedProcess, byte[], int> Do)> Commands = new()
    {
        [0] = (80, (p, a) => p.CreateMap(new(a))),
        [1] = (32, (p, a) => p.LookupElement(new(a))),
        [2] = (32, (p, a) => p.UpdateElement(new(a))),
        [3] = (16, (p, a) => p.DeleteElement(new(a))),
        [4] = (24, (p, a) => p.NextKey(new(a))),
        [5] = (148, (p, a) => p.LoadProgram(new(a))),
        [6] = (20, (p, a) => p.Pin(new(a))),
        [7] = (20, (p, a) => p.OpenPinned(new(a))),
        [10] = (76, (p, a) => p.TestRun(new(a))),
        [11] = (8, (p, a) => p.NextId(new(a), p.Host.ProgramsById.Keys)),
        [12] = (8, (p, a) => p.NextId(new(a), p.Host.MapsById.Keys)),
        [13] = (4, (p, a) => p.OpenById(new(a), p.Host.ProgramsById)),
        [14] = (12, (p, a) => p.OpenById(new(a), p.Host.MapsById, takesFlags: true)),
        [15] = (16, (p, a) => p.GetInfo(new(a))),
        [18] = (40, (p, a) => p.LoadTypes(new(a))),
        [19] = (4, (p, a) => p.OpenById(new(a), p.Host.TypesById)),
        [21] = (32, (p, a) => p.LookupAndDeleteElement(new(a))),
        [22] = (4, (p, a) => p.Freeze(new(a))),
        [23] = (8, (p, a) => p.NextId(new(a), p.Host.TypesById.Keys)),
        [24] = (56, (p, a) => p.Batch(new(a), BatchCommand.Lookup)),
        [25] = (56, (p, a) => p.Batch(new(a), BatchCommand.LookupAndDelete)),
        [26] = (56, (p, a) => p.Batch(new(a), BatchCommand.Update)),
        [27] = (56, (p, a) => p.Batch(new(a), BatchCommand.Delete)),
        [28] = (64, (p, a) => p.CreateLink(new(a))),
        [29] = (16, (p, a) => p.UpdateLink(new(a))),
        [30] = (4, (p, a) => p.OpenById(new(a), p.Host.LinksById)),
        [31] = (8, (p, a) => p.NextId(new(a), p.Host.LinksById.Keys)),
        [34] = (4, (p, a) => p.DetachLink(new(a))),
        [35] = (12, (p, a) => p.BindMap(new(a))),
    };

    /// <summary>A system call: 0 or a descriptor, or a negative errno.</summary>
    /// <param name="command">BPF_MAP_CREATE (0), …</param>
    /// <param name="attributes"><c>union bpf_attr</c>, as long as the caller has it; fields that the command answers with are written.</param>
    public int Bpf(int command, Span<byte> attributes)
    {
        if (attributes.Length > MaxAttributeBytes) return -Errno.TooBig;
        if (attributes.Length > AttributeBytes && attributes[AttributeBytes..].ContainsAnyExcept((byte)0)) return -Errno.TooBig;
        var known = attributes[..Math.Min(attributes.Length, AttributeBytes)];
        var attr = new byte[AttributeBytes];
        known.CopyTo(attr);
        if (!Commands.TryGetValue(command, out var row) || attr.AsSpan(row.Fields).ContainsAnyExcept((byte)0)) return -Errno.Invalid;
        lock (Host.Rtnl)
        {
            int result = row.Do(this, attr);
            attr.AsSpan(0, known.Length).CopyTo(known);
            return result;
        }
    }

    int NextId(Fields attr, IEnumerable<uint> ids)
    {
        if (attr.U32(0) >= int.MaxValue) return -Errno.Invalid;
        if (!MayAdministerSystem) return -Errno.NotPermitted;
        uint start = attr.U32(0);
        foreach (uint id in ids)
        {
            if (id <= start) continue;
            attr.Set(4, id);
            return 0;
        }
        return -Errno.NoEntry;
    }

    int OpenById<T>(Fields attr, SortedDictionary<uint, T> objects, bool takesFlags = false) where T : BpfObject
    {
        uint flags = takesFlags ? attr.U32(8) : 0;
        if (takesFlags && attr.U32(4) != 0) return -Errno.Invalid;
        if (!Access(flags, out bool canRead, out bool canWrite)) return -Errno.Invalid;
        if (!MayAdministerSystem) return -Errno.NotPermitted;
        if (!objects.TryGetValue(attr.U32(0), out var found)) return -Errno.NoEntry;
        found.Retain();
        return Put(found, canRead, canWrite);
    }

    /// <summary>What a descriptor with those flags may be used for; false if they exclude each other or say something else.</summary>
    static bool Access(uint flags, out bool canRead, out bool canWrite)
    {
        (canRead, canWrite) = ((flags & WriteOnlyDescriptor) == 0, (flags & ReadOnlyDescriptor) == 0);
        return (canRead || canWrite) && (flags & ~(ReadOnlyDescriptor | WriteOnlyDescriptor)) == 0;
    }

    const int MaxPath = 4096;

    const string BpfFileSystem = "/sys/fs/bpf/";

    int Pin(Fields attr)
    {
        if (attr.U32(12) != 0 || attr.U32(16) != 0) return -Errno.Invalid;
        if (Open(attr.I32(8)) is not { } open) return -Errno.BadDescriptor;
        if (Path(attr.U64(0), out string path) is var errno and not 0) return errno;
        if (!path.StartsWith(BpfFileSystem, StringComparison.Ordinal)) return -Errno.NotPermitted;
        if (Host.Pins.ContainsKey(path)) return -Errno.Exists;
        open.Target.Retain();
        open.Target.RetainForUser();
        Host.Pins.Add(path, open.Target);
        return 0;
    }

    int OpenPinned(Fields attr)
    {
        if (attr.U32(8) != 0 || attr.U32(16) != 0 || !Access(attr.U32(12), out bool canRead, out bool canWrite)) return -Errno.Invalid;
        if (Path(attr.U64(0), out string path) is var errno and not 0) return errno;
        if (!Host.Pins.TryGetValue(path, out var pinned)) return -Errno.NoEntry;
        pinned.Retain();
        return Put(pinned, canRead, canWrite);
    }

    /// <summary>Removes a pin, as unlink(2) does.</summary>
    public int Unpin(string path)
    {
        lock (Host.Rtnl)
        {
            if (!Host.Pins.Remove(path, out var pinned)) return -Errno.NoEntry;
            pinned.ReleaseByUser();
            return 0;
        }
    }

    /// <summary>Text at an address, with its zero.</summary>
    int Path(ulong address, out string path) => Text(address, MaxPath, out path) switch { 0 => path.Length == 0 ? -Errno.NoEntry : 0, var errno => errno };

    /// <summary>Text up to its zero, or as much of it as is wanted, and then -E2BIG.</summary>
    int Text(ulong address, int most, out string text)
    {
        var bytes = new List<byte>();
        Span<byte> next = stackalloc byte[1];
        int result = -Errno.TooBig;
        for (; bytes.Count < most; bytes.Add(next[0]))
        {
            if (Memory.TryRead(address + (ulong)bytes.Count, next) && next[0] != 0) continue;
            result = Memory.TryRead(address + (ulong)bytes.Count, next) ? 0 : -Errno.Fault;
            break;
        }
        text = System.Text.Encoding.UTF8.GetString([.. bytes]);
        return result;
    }

    /// <summary>A name of up to 15 letters, digits, '_' and '.'; null if it is something else.</summary>
    static string? Name(Fields attr, int at)
    {
        const int bytes = 16;
        return attr.Text(at, bytes) is { } name && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.') ? name : null;
    }
}
