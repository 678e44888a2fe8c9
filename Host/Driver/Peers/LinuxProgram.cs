using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Peers;

/// <summary>An XDP program in the kernel, with maps that are its own. What the kernel refuses is a <see cref="BpfException"/>.</summary>
public sealed class LinuxProgram : IDisposable
{
    readonly Dictionary<string, BpfFd> _maps = [];

    /// <param name="source">The object that declares its maps.</param>
    public LinuxProgram(ObjectSpec source, ProgramSpec program)
    {
        foreach (string name in program.MapReferences.Select(r => r.Map).Distinct())
        {
            var map = source.Maps.First(m => m.Name == name);
            _maps.Add(name, Bpf.CreateMap((int)map.Type, map.KeySize, map.ValueSize, map.MaxEntries, (uint)map.Flags, name));
        }
        Fd = Bpf.LoadXdp(Encoding.Encode(WithMaps(program, name => _maps[name].Number)), program.Name, source.License, 0);
    }

    public BpfFd Fd { get; }

    /// <summary>Puts a program into a slot of one of the prog arrays.</summary>
    public void SetTailCall(string array, int slot, LinuxProgram program)
    {
        if (Bpf.Update(_maps[array], BitConverter.GetBytes(slot), BitConverter.GetBytes(program.Fd.Number), 0) is var errno and not Errno.None)
            throw new BpfException($"slot {slot} of {array} cannot be filled", errno);
    }

    /// <summary>Sets an entry of one of its maps.</summary>
    public void Update(string map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (Bpf.Update(_maps[map], key, value, 0) is var errno and not Errno.None) throw new BpfException($"an entry of {map} cannot be set", errno);
    }

    /// <summary>A program's code with the descriptors of its maps where it names them.</summary>
    public static Instruction[] WithMaps(ProgramSpec program, Func<string, int> maps)
    {
        var code = program.Code.ToArray();
        foreach (var reference in program.MapReferences)
        {
            long fd = maps(reference.Map);
            code[reference.Slot] = code[reference.Slot] with
            {
                Operation = (byte)(reference.IsValue ? ConstantKind.MapValueByFd : ConstantKind.MapByFd),
                Immediate = reference.IsValue ? ((long)reference.Offset << 32) | fd : fd,
            };
        }
        return code;
    }

    public void Dispose()
    {
        Fd.Dispose();
        foreach (var map in _maps.Values) map.Dispose();
    }
}
