using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Peers;

/// <summary>An XDP program in the kernel. What the kernel refuses is a <see cref="BpfException"/>.</summary>
public sealed class LinuxProgram : IDisposable
{
    /// <summary>BPF_F_XDP_HAS_FRAGS.</summary>
    const uint HasFrags = 1 << 5;

    readonly LinuxMaps _maps;
    readonly bool _ownsMaps;

    /// <summary>A program with maps that are its own.</summary>
    /// <param name="source">The object that declares them.</param>
    public LinuxProgram(ObjectSpec source, ProgramSpec program) : this(new LinuxMaps(source), program) => _ownsMaps = true;

    /// <summary>A program with maps that others may use as well, and that stay when it goes.</summary>
    public LinuxProgram(LinuxMaps maps, ProgramSpec program)
    {
        _maps = maps;
        Fd = Bpf.LoadXdp(Encoding.Encode(WithMaps(program, name => maps[name].Number)), program.Name, maps.Source.License, program.Frags ? HasFrags : 0);
    }

    public BpfFd Fd { get; }

    /// <summary>Puts a program into a slot of one of the prog arrays.</summary>
    public void SetTailCall(string array, int slot, LinuxProgram program)
    {
        if (Bpf.Update(_maps[array], BitConverter.GetBytes(slot), BitConverter.GetBytes(program.Fd.Number), 0) is var errno and not Errno.None)
            throw new BpfException($"slot {slot} of {array} cannot be filled", errno);
    }

    /// <summary>Sets an entry of one of its maps.</summary>
    public void Update(string map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _maps.Update(map, key, value);

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
        if (_ownsMaps) _maps.Dispose();
    }
}
