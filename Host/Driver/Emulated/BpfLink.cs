using Chainring.Kernels;

namespace Chainring.Host.Driver.Emulated;

/// <summary>A program's place on a port, for as long as somebody holds it.</summary>
public sealed class BpfLink : BpfObject
{
    readonly EmulatedHost _host;

    internal BpfLink(EmulatedHost host, uint id, BpfProgram program, NetDevice device, XdpMode mode)
    {
        (_host, Id, Program, Device, Mode) = (host, id, program, device, mode);
        program.Retain();
        host.LinksById.Add(id, this);
    }

    public uint Id { get; }

    public BpfProgram Program { get; private set; }

    /// <summary>Null when it has been detached, or its device has gone.</summary>
    public NetDevice? Device { get; internal set; }

    public XdpMode Mode { get; }

    internal void Change(BpfProgram program)
    {
        program.Retain();
        Program.Release();
        Program = program;
    }

    /// <summary>Gives the slot free; the link itself stays.</summary>
    internal void Detach()
    {
        if (Device is { } device) XdpAttachment.DetachLink(device, Mode);
        Device = null;
    }

    private protected override void Destroy()
    {
        Detach();
        _host.LinksById.Remove(Id);
        Program.Release();
    }
}
