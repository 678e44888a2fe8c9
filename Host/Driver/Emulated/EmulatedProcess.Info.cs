using Chainring.Kernels;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Emulated;

// BPF_OBJ_GET_INFO_BY_FD: structures as of Linux 6.12, and what /proc says of descriptors.
public sealed partial class EmulatedProcess
{
    const int ProgramInfoBytes = 232, MapInfoBytes = 88, LinkInfoBytes = 64, TypesInfoBytes = 32;

    /// <summary>Where a hash of its contents goes and how long it is (Linux 6.18), which nobody gets.</summary>
    const int MapHashBytes = 16;

    /// <summary>What small objects are charged with; a card's memory is not counted.</summary>
    const int ProgramMemlock = 4096, OffloadedMapMemlock = 256;

    /// <summary>Structures of tables that programs may have, and we do not report.</summary>
    const uint FunctionRecord = 8, LineRecord = 16, JitedLineRecord = 8;

    int GetInfo(Fields attr)
    {
        if (Open(attr.I32(0)) is not { } open) return -Errno.BadDescriptorState;
        int size = open.Target switch
        {
            BpfProgram => ProgramInfoBytes,
            BpfMap => Host.Options.Flavour == KernelFlavour.Linux618 ? MapInfoBytes + MapHashBytes : MapInfoBytes,
            BpfLink => LinkInfoBytes,
            _ => TypesInfoBytes,
        };
        uint asked = attr.U32(4);
        ulong address = attr.U64(8);
        if (asked > MaxAttributeBytes) return -Errno.TooBig;
        var given = new byte[asked];
        if (!Memory.TryRead(address, given)) return -Errno.Fault;
        if (asked > size && given.AsSpan(size).ContainsAnyExcept((byte)0)) return -Errno.TooBig;

        var bytes = new byte[size];
        given.AsSpan(0, Math.Min(given.Length, size)).CopyTo(bytes);
        int result = open.Target switch
        {
            BpfProgram program => Describe(program, bytes),
            BpfMap map => Describe(map, bytes),
            BpfLink link => Describe(link, bytes),
            BpfTypes types => Describe(types, bytes),
            _ => -Errno.Invalid,
        };
        if (result != 0) return result;
        uint length = Math.Min(asked, (uint)size);
        attr.Set(4, length);
        return Memory.TryWrite(address, bytes.AsSpan(0, (int)length)) ? 0 : -Errno.Fault;
    }

    int Describe(BpfProgram program, byte[] bytes)
    {
        if (program.IsOffloaded && program.IsOrphan) return -Errno.NoDevice;
        var asked = new Fields((byte[])bytes.Clone());
        Array.Clear(bytes);
        var info = new Fields(bytes);
        var facts = program.Facts;
        info.Set(0, (uint)facts.Type);
        info.Set(4, program.Id);
        info.Set(8, facts.Tag);
        info.Set(40, facts.LoadTimeNs);
        info.Set(48, facts.Uid);
        info.Set(64, facts.Name);
        info.Set(84, facts.IsGpl ? 1u : 0u);
        info.Set(128, program.Types?.Id ?? 0);
        info.Set(132, FunctionRecord);
        info.Set(172, LineRecord);
        info.Set(176, JitedLineRecord);
        info.Set(216, (uint)facts.Verified);
        info.Set(56, asked.U64(56));
        info.Set(52, (uint)program.Maps.Count);
        int wanted = (int)Math.Min(asked.U32(52), (uint)program.Maps.Count);
        for (int n = 0; n < wanted; n++)
        {
            if (!Memory.TryWrite(asked.U64(56) + (ulong)(n * sizeof(uint)), BitConverter.GetBytes(program.Maps[n].Id))) return -Errno.Fault;
        }
        info.Set(32, asked.U64(32));
        info.Set(20, (uint)facts.Code.Length);
        if (asked.U32(20) != 0 && asked.U64(32) != 0)
        {
            var shown = Shown(program);
            if (!Memory.TryWrite(asked.U64(32), shown.AsSpan(0, (int)Math.Min(asked.U32(20), (uint)shown.Length)))) return -Errno.Fault;
        }
        if (program.IsOffloaded && program.Home is { } home)
        {
            info.Set(80, (uint)home.Ifindex);
            info.Set(88, home.Namespace.Device);
            info.Set(96, home.Namespace.Inode);
        }
        return 0;
    }

    /// <summary>Instructions as they are shown: maps by their ids.</summary>
    static byte[] Shown(BpfProgram program)
    {
        byte[] code = (byte[])program.Facts.Code.Clone();
        if (program.Loaded is not { } loaded) return code;
        for (int slot = 0; slot < loaded.Code.Length; slot++)
        {
            if (loaded.MapAt(slot) is { } map) new Fields(code).Set(slot * Offload.Isa.Encoding.SlotBytes + 4, map.Id);
        }
        return code;
    }

    /// <summary>Lookups in these give programs a value that they may not write (dev_map_init_map in kernel/bpf/devmap.c).</summary>
    static uint FlagsOf(BpfMap map) => (uint)(map.Spec.Flags | (map.Spec.Type is MapType.DevMap or MapType.DevMapHash ? MapFlags.ReadOnlyForPrograms : 0));

    static int Describe(BpfMap map, byte[] bytes)
    {
        if (map.IsOffloaded && map.Home is null) return -Errno.NoDevice;
        Array.Clear(bytes);
        var info = new Fields(bytes);
        info.Set(0, (uint)map.Spec.Type);
        info.Set(4, map.Id);
        info.Set(8, (uint)map.Spec.KeySize);
        info.Set(12, (uint)map.Spec.ValueSize);
        info.Set(16, (uint)map.Spec.MaxEntries);
        info.Set(20, FlagsOf(map));
        info.Set(24, map.Spec.Name);
        info.Set(64, map.Declaration.Types?.Id ?? 0);
        info.Set(68, map.Declaration.KeyType);
        info.Set(72, map.Declaration.ValueType);
        info.Set(80, map.Spec.Extra);
        if (map.Home is { } home)
        {
            info.Set(40, (uint)home.Ifindex);
            info.Set(48, home.Namespace.Device);
            info.Set(56, home.Namespace.Inode);
        }
        return 0;
    }

    static int Describe(BpfLink link, byte[] bytes)
    {
        Array.Clear(bytes);
        var info = new Fields(bytes);
        info.Set(0, XdpLinkType);
        info.Set(4, link.Id);
        info.Set(8, link.Program.Id);
        info.Set(16, (uint)(link.Device?.Ifindex ?? 0));
        return 0;
    }

    int Describe(BpfTypes types, byte[] bytes)
    {
        var asked = new Fields((byte[])bytes.Clone());
        Array.Clear(bytes);
        var info = new Fields(bytes);
        ulong address = asked.U64(0);
        info.Set(0, address);
        info.Set(8, (uint)types.Bytes.Length);
        info.Set(12, types.Id);
        uint wanted = Math.Min(asked.U32(8), (uint)types.Bytes.Length);
        return wanted == 0 || Memory.TryWrite(address, types.Bytes.AsSpan(0, (int)wanted)) ? 0 : -Errno.Fault;
    }

    /// <summary>What <c>/proc/PID/fdinfo/FD</c> says of an object behind its first four lines; null if the descriptor is not open.</summary>
    public string? FdInfo(int fd)
    {
        lock (Host.Rtnl)
        {
            return Open(fd)?.Target switch
            {
                BpfProgram p => Lines(
                    ("prog_type", $"{(int)p.Facts.Type}"), ("prog_jited", p.IsOffloaded ? "0" : "1"), ("prog_tag", TagText(p)), ("memlock", $"{ProgramMemlock}"), ("prog_id", $"{p.Id}"),
                    ("run_time_ns", "0"), ("run_cnt", "0"), ("recursion_misses", "0"), ("verified_insns", $"{p.Facts.Verified}")),
                BpfMap m => Lines(
                    ("map_type", $"{(int)m.Spec.Type}"), ("key_size", $"{m.Spec.KeySize}"), ("value_size", $"{m.Spec.ValueSize}"), ("max_entries", $"{m.Spec.MaxEntries}"),
                    ("map_flags", $"0x{FlagsOf(m):x}"), ("map_extra", $"0x{m.Spec.Extra:x}"),
                    ("memlock", $"{(m.IsOffloaded ? OffloadedMapMemlock : m.OfPrograms?.MemoryBytes ?? OffloadedMapMemlock)}"), ("map_id", $"{m.Id}"), ("frozen", m.IsFrozen ? "1" : "0")),
                BpfLink l => Lines(("link_type", "xdp"), ("link_id", $"{l.Id}"), ("prog_tag", TagText(l.Program)), ("prog_id", $"{l.Program.Id}"), ("ifindex", $"{l.Device?.Ifindex ?? 0}")),
                BpfTypes t => Lines(("btf_id", $"{t.Id}")),
                _ => null,
            };
        }

        static string TagText(BpfProgram program) => Convert.ToHexStringLower(BitConverter.GetBytes(program.Facts.Tag));

        static string Lines(params ReadOnlySpan<(string Name, string Value)> fields)
        {
            var text = new System.Text.StringBuilder();
            foreach (var (name, value) in fields) text.Append(name).Append(":\t").Append(value).Append('\n');
            return text.ToString();
        }
    }
}
