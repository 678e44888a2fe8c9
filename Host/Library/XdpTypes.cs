using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Chainring.Offload.Spec;

namespace Chainring.Host;

/// <summary>Type information (BTF) that was loaded.</summary>
sealed class XdpTypes : IDisposable
{
    readonly Nic _nic;

    XdpTypes(Nic nic, int fd) => (_nic, Fd) = (nic, fd);

    /// <summary>Its descriptor in <see cref="Nic.Process"/>.</summary>
    public int Fd { get; }

    /// <summary><c>bpf_btf_load</c>.</summary>
    public static XdpTypes Load(Nic nic, ReadOnlySpan<byte> types)
    {
        const int attributeBytes = 40;
        int fd = new BpfCallBuilder(nic.Process, attributeBytes).PutAddress(0, types).Put(16, types.Length).Call(BpfCommand.TypesLoad);
        return fd > 0 ? new(nic, fd) : throw new XdpException(-fd, "type information cannot be loaded");
    }

    /// <summary>Puts into a call that loads a program what these types say of its functions and lines.</summary>
    public void Describe(BpfCallBuilder call, ProgramSpec program)
    {
        FunctionRecord[] functions = [.. program.FunctionRecords];
        LineRecord[] lines = [.. program.LineRecords];
        call.Put(72, Fd);
        if (functions.Length > 0) call.Put(76, Unsafe.SizeOf<FunctionRecord>()).PutAddress(80, MemoryMarshal.AsBytes<FunctionRecord>(functions)).Put(88, functions.Length);
        if (functions.Length > 0 && lines.Length > 0) call.Put(92, Unsafe.SizeOf<LineRecord>()).PutAddress(96, MemoryMarshal.AsBytes<LineRecord>(lines)).Put(104, lines.Length);
    }

    public void Dispose() => _nic.Process.Close(Fd);
}
