using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Chainring.Host.Driver.Emulated;
using Chainring.Kernels;
using Chainring.Nic;

namespace Chainring.Host.Driver.Netlink;

/// <summary>
/// RTM_NEWLINK and RTM_SETLINK (net/core/rtnetlink.c): which device, what of it changes, and last of all its XDP program. What has been changed stays
/// so if a later change fails.
/// </summary>
sealed class LinkRequests(EmulatedProcess process)
{
    public const ushort NewLink = 16, DelLink = 17, GetLink = 18, SetLink = 19;

    /// <summary><c>struct ifinfomsg</c>: family 0, pad 1, type 2, index 4, flags 8, change 12.</summary>
    public const int InfoBytes = 16;

    const int IndexAt = 4, FlagsAt = 8, ChangeAt = 12, MaxName = 16;

    const uint Up = 1;

    EmulatedHost Host => process.Host;

    /// <summary>Carries out a request; the lock is held.</summary>
    public Answer Set(ushort type, ReadOnlySpan<byte> body)
    {
        if (body.Length < InfoBytes) return new(Errno.Invalid);
        if (!process.MayAdministerNet) return new(Errno.NotPermitted);
        var attributes = body[InfoBytes..];
        if (CheckPolicy(attributes) is { IsOk: false } broken) return broken;
        if (Find(body, type == SetLink ? Errno.Invalid : Errno.NoDevice, out var device) is { IsOk: false } absent) return absent;
        return Change(device!, body);
    }

    /// <summary>The device that a request is about: by its number, else by its name.</summary>
    /// <param name="unnamed">The errno for one that names none.</param>
    public Answer Find(ReadOnlySpan<byte> body, int unnamed, out NetDevice? device)
    {
        device = null;
        int index = BinaryPrimitives.ReadInt32LittleEndian(body[IndexAt..]);
        if (index < 0) return new(Errno.Invalid);
        string? name = null;
        var attributes = new NetlinkAttributes(body[InfoBytes..]);
        while (attributes.Next())
        {
            if (attributes.Type is LinkAttribute.Name or LinkAttribute.AlternativeName) name = Text(attributes.Payload);
        }
        if (index > 0) device = Host.Find(process.Namespace, index);
        else if (name is not null) device = Host.Find(process.Namespace, name);
        else return new(unnamed);
        return device is null ? new(Errno.NoDevice) : Answer.Ok;
    }

    static Answer CheckPolicy(ReadOnlySpan<byte> bytes)
    {
        var attributes = new NetlinkAttributes(bytes);
        while (attributes.Next())
        {
            int length = attributes.Payload.Length;
            switch (attributes.Type)
            {
                case LinkAttribute.Mtu or LinkAttribute.TxQueueLength or LinkAttribute.Group or LinkAttribute.ExtensionMask when length < sizeof(uint):
                case LinkAttribute.Name when length > MaxName:
                    return new(Errno.Range);
            }
        }
        return Answer.Ok;
    }

    Answer Change(NetDevice device, ReadOnlySpan<byte> body)
    {
        var xdp = default(ReadOnlySpan<byte>);
        bool hasXdp = false;
        var attributes = new NetlinkAttributes(body[InfoBytes..]);
        while (attributes.Next())
        {
            switch (attributes.Type)
            {
                case LinkAttribute.Mtu:
                    int mtu = BinaryPrimitives.ReadInt32LittleEndian(attributes.Payload);
                    if (mtu == device.Mtu) break;
                    if (device.Driver.ChangeMtu(device, mtu) is { IsOk: false } refused) return refused;
                    device.Mtu = mtu;
                    break;
                case LinkAttribute.Xdp:
                    xdp = attributes.Payload;
                    hasXdp = true;
                    break;
            }
        }
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(body[FlagsAt..]), change = BinaryPrimitives.ReadUInt32LittleEndian(body[ChangeAt..]);
        if (flags != 0 || change != 0)
        {
            bool isUp = change == 0 || (change & Up) != 0 ? (flags & Up) != 0 : device.IsUp;
            if (isUp != device.IsUp)
            {
                device.IsUp = isUp;
                Host.SayChanged(device);
            }
        }
        if (!hasXdp) return Answer.Ok;
        var answer = Change(device, xdp, out bool asked);
        if (answer.IsOk && asked && device.IsUp) Host.SayChanged(device);
        return answer;
    }

    /// <param name="asked">There was a program, or the wish for none.</param>
    Answer Change(NetDevice device, ReadOnlySpan<byte> xdp, out bool asked)
    {
        asked = false;
        if (XdpNest.Read(xdp, out var nest) is { IsOk: false } broken) return broken;
        if ((nest.Flags & ~XdpFlags.All) != 0 || BitOperations.PopCount((uint)(nest.Flags & XdpFlags.Modes)) > 1) return new(Errno.Invalid);
        if (nest.Fd is not { } fd)
        {
            // Nothing is asked for; a table alone is a mistake.
            return nest is { ChainFd: null, ExpectedRevision: null, ChainEnd: null } ? Answer.Ok : Answer.Of(Refusal.TableWithoutProgram());
        }
        asked = true;
        bool replaces = nest.Flags.HasFlag(XdpFlags.Replace);
        if (replaces && nest.ExpectedFd is null) return new(Errno.Invalid);
        var mode = device.ModeOf(nest.Flags);
        if (Program(fd, mode, out var program) is { IsOk: false } wrong) return wrong;
        BpfProgram? expected = null;
        if (replaces && Program(nest.ExpectedFd!.Value, mode, out expected) is { IsOk: false } other) return other;
        ChainMap? table = null;
        if (nest.ChainFd is >= 0 and { } chain)
        {
            if (!process.Get<BpfMap>(chain).Try(out var map, out int errno)) return new(errno);
            table = map as ChainMap;
            if (table is null) return new(Errno.Invalid, $"map {map.Id} is no chain table");
        }
        LibxdpEnd? end = null;
        if (nest.ChainEnd is { } last)
        {
            if (Program(last.Fd, mode, out var lastProgram) is { IsOk: false } none) return none;
            if (lastProgram is null) return new(Errno.BadDescriptor);
            end = new(lastProgram.Id, last.Actions);
        }
        return XdpAttachment.Change(device, new(program, nest.Flags, expected, new(nest.ChainFd is not null, table, nest.ExpectedRevision, end)));
    }

    /// <summary>The program behind a descriptor; none if that is negative.</summary>
    Answer Program(int fd, XdpMode mode, out BpfProgram? program)
    {
        program = null;
        if (fd < 0) return Answer.Ok;
        if (!process.Get<BpfProgram>(fd).Try(out program, out int errno)) return new(errno);
        return program.Facts.Type != ProgramType.Xdp || (mode == XdpMode.Skb && program.IsOffloaded) ? new(Errno.Invalid) : Answer.Ok;
    }

    static string Text(ReadOnlySpan<byte> payload)
    {
        int end = payload.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? payload : payload[..end]);
    }
}
