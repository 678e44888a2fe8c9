using System.Buffers.Binary;
using System.Text;
using Chainring.Host.Driver.Emulated;
using Chainring.Kernels;

namespace Chainring.Host.Driver.Netlink;

/// <summary>
/// A socket of NETLINK_GENERIC, with two families: <c>nlctrl</c>, which knows the number of the other, and <c>netdev</c> (version 1), which tells what XDP
/// a device can do (NETDEV_CMD_DEV_GET).
/// </summary>
/// <remarks><code>
/// 0         1         2          4
/// │ command │ version │ reserved │ attributes
/// </code></remarks>
public sealed class GenericSocket : NetlinkSocket
{
    /// <summary>The number of <c>nlctrl</c>, and that which this host has given to <c>netdev</c>.</summary>
    public const ushort Control = 0x10, Netdev = 0x18;

    const string NetdevName = "netdev";

    const byte NewFamily = 1, GetFamily = 3, ControlVersion = 2, DevGet = 1, NetdevVersion = 1;

    // Attributes of families, and of devices.
    const ushort FamilyId = 1, FamilyName = 2, FamilyVersion = 3, HeaderSize = 4, MaxAttribute = 5, Ifindex = 1, Pad = 2, XdpFeatures = 3, MetadataFeatures = 5, SocketFeatures = 6;

    const int HeaderBytes = 4;

    internal GenericSocket(EmulatedProcess process, uint portId) : base(process, portId)
    {
    }

    private protected override Answer Carry(in NetlinkHeader header, ReadOnlySpan<byte> body, ref bool wantsAck)
    {
        if (header.Type is not Control and not Netdev) return new(Errno.NoEntry);
        if (body.Length < HeaderBytes) return new(Errno.Invalid);
        bool dumps = (header.Flags & NetlinkHeader.Dump) == NetlinkHeader.Dump;
        wantsAck &= !dumps;
        return (header.Type, body[0]) switch
        {
            (Control, GetFamily) => Family(header, body[HeaderBytes..]),
            (Netdev, DevGet) => dumps ? Devices(header) : Device(header, body[HeaderBytes..]),
            _ => new(Errno.OperationNotSupported),
        };
    }

    Answer Family(in NetlinkHeader header, ReadOnlySpan<byte> bytes)
    {
        bool isNetdev = false, isNamed = false;
        var attributes = new NetlinkAttributes(bytes);
        while (attributes.Next())
        {
            if (attributes.Type is not FamilyName and not FamilyId) continue;
            isNamed = true;
            isNetdev = attributes.Type == FamilyName
                ? Encoding.ASCII.GetString(attributes.Payload).TrimEnd('\0') == NetdevName
                : attributes.Payload.Length >= sizeof(ushort) && BinaryPrimitives.ReadUInt16LittleEndian(attributes.Payload) == Netdev;
        }
        if (!isNamed) return new(Errno.Invalid);
        if (!isNetdev) return new(Errno.NoEntry);
        var message = Begin(Control, NewFamily, ControlVersion, 0, header);
        message.Attribute(FamilyName, NetdevName);
        message.Attribute(FamilyId, BitConverter.GetBytes(Netdev));
        message.Attribute(FamilyVersion, NetdevVersion);
        message.Attribute(HeaderSize, 0u);
        message.Attribute(MaxAttribute, (uint)SocketFeatures);
        Answer(message.Finish());
        return Emulated.Answer.Ok;
    }

    Answer Devices(in NetlinkHeader header)
    {
        foreach (var device in Process.Host.DevicesOf(Process.Namespace)) Answer(Of(device, NetlinkHeader.Multi, header));
        AnswerDone(header);
        return Emulated.Answer.Ok;
    }

    Answer Device(in NetlinkHeader header, ReadOnlySpan<byte> bytes)
    {
        int? ifindex = null;
        var attributes = new NetlinkAttributes(bytes);
        while (attributes.Next())
        {
            if (attributes.Type == Ifindex && attributes.Payload.Length >= sizeof(int)) ifindex = BinaryPrimitives.ReadInt32LittleEndian(attributes.Payload);
        }
        if (ifindex is not { } number) return new(Errno.Invalid);
        if (Process.Host.Find(Process.Namespace, number) is not { } device) return new(Errno.NoDevice);
        Answer(Of(device, 0, header));
        return Emulated.Answer.Ok;
    }

    byte[] Of(NetDevice device, ushort flags, in NetlinkHeader request)
    {
        var message = Begin(Netdev, DevGet, NetdevVersion, flags, request);
        message.Attribute(Ifindex, device.Ifindex);
        message.Attribute64(XdpFeatures, device.Driver.Features, Pad);
        message.Attribute64(MetadataFeatures, 0, Pad);
        message.Attribute64(SocketFeatures, 0, Pad);
        return message.Finish();
    }

    NetlinkWriter Begin(ushort family, byte command, byte version, ushort flags, in NetlinkHeader request)
    {
        var message = NetlinkWriter.Begin(family, flags, request.Sequence, PortId);
        message.Put(command);
        message.Put(version);
        message.Put((ushort)0);
        return message;
    }
}
