using System.Globalization;
using Chainring.Kernels.Network;
using Chainring.Offload;

namespace Chainring.Host.Driver;

/// <summary>Reads what a card file says of the host's sockets.</summary>
/// <remarks><code>
/// inet-sockets:
///   - protocol: tcp                    # or udp
///     local: 10.0.1.1:80               # or "[2001:db8::1]:80"; 0.0.0.0 and [::] stand for any, "[::ffff:10.0.1.1]:80" is an IPv6 socket for IPv4
///     remote: 10.0.1.2:40000           # without one it listens, or waits for datagrams
///     state: established               # of a TCP connection: or syn-sent, fin-wait-1, fin-wait-2, close-wait, last-ack, closing, time-wait
///     v6only: false                    # an IPv6 socket for any address has no IPv4 packets
///     port: eth0                       # it has packets of this port only
///     mark: 0
///     priority: 0
/// </code></remarks>
sealed class InetSocketFields(IReadOnlyList<PortSpec> ports)
{
    const string Endpoint = "an address and a port such as 10.0.1.1:80 or \"[2001:db8::1]:80\"";

    static readonly string[] StateWords = ["established", "syn-sent", "fin-wait-1", "fin-wait-2", "close-wait", "last-ack", "closing", "time-wait"];

    static readonly SocketState[] States =
    [
        SocketState.Established, SocketState.SynSent, SocketState.FinWait1, SocketState.FinWait2, SocketState.CloseWait, SocketState.LastAck, SocketState.Closing,
        SocketState.TimeWait,
    ];

    public IReadOnlyList<SocketSpec> Read(YamlFields top)
    {
        var sockets = new List<SocketSpec>();
        foreach (var fields in top.Items("inet-sockets", "{ protocol: tcp, local: 10.0.1.1:80 }"))
        {
            var socket = ReadSocket(fields);
            if (fields.Problem is null && sockets.Any(s => SocketTable.Collide(s, socket))) fields.Fail(CardFileError.SocketTwice(fields.Mapping.Where, fields.Text("local")!));
            sockets.Add(socket);
            top.Take(fields);
            if (top.Problem is not null) break;
        }
        return sockets;
    }

    SocketSpec ReadSocket(YamlFields fields)
    {
        fields.Only("protocol", "local", "remote", "state", "v6only", "port", "mark", "priority");
        bool isUdp = fields.Word("protocol", "tcp", "udp") == 1;
        foreach (string key in new[] { "protocol", "local" })
        {
            if (!fields.Has(key)) fields.Fail(YamlError.MissingKey(fields.Mapping.Where, key));
        }
        var ((local, localPort), remote) = (ReadEndpoint(fields, "local") ?? default, ReadEndpoint(fields, "remote"));
        if (remote is var (address, _)) CheckRemote(fields, local, address);
        return new()
        {
            Protocol = isUdp ? SocketProtocol.Udp : SocketProtocol.Tcp,
            Local = local,
            LocalPort = localPort,
            Remote = remote?.Address,
            RemotePort = remote?.Port ?? 0,
            State = ReadState(fields, isUdp, remote is not null),
            Ipv6Only = ReadIpv6Only(fields, local),
            Ifindex = PortOf(fields),
            Mark = fields.Number("mark", 0u, 0u, uint.MaxValue),
            Priority = fields.Number("priority", 0u, 0u, uint.MaxValue),
        };
    }

    static (IpAddress Address, ushort Port)? ReadEndpoint(YamlFields fields, string key)
    {
        if (fields.Text(key) is not { } text) return null;
        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? "" : text[..colon];
        bool bracketed = host is ['[', .., ']'];
        if (IpAddress.TryParse(bracketed ? host[1..^1] : host, out var address) && address.IsIpv6 == bracketed
            && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port != 0) return (address, port);
        fields.Fail(YamlError.WrongShape(fields.At(key), $"'{key}'", Endpoint));
        return null;
    }

    static void CheckRemote(YamlFields fields, IpAddress local, IpAddress remote)
    {
        if (remote.IsIpv6 != local.IsIpv6 || remote.IsMapped != local.IsMapped) fields.Fail(CardFileError.OtherVersion(fields.At("remote"), $"{remote}", $"{local}"));
        foreach (var (key, address) in new[] { ("local", local), ("remote", remote) })
        {
            if (address.IsAny) fields.Fail(CardFileError.AnyAddress(fields.At(key), key));
        }
    }

    static SocketState ReadState(YamlFields fields, bool isUdp, bool isConnected)
    {
        if ((isUdp || !isConnected) && fields.Has("state")) fields.Fail(YamlError.UnknownKey(fields.At("state"), "state", ["protocol", "local", "remote"]));
        return !isConnected ? isUdp ? SocketState.Close : SocketState.Listen : States[fields.Word("state", StateWords) ?? 0];
    }

    static bool ReadIpv6Only(YamlFields fields, IpAddress local)
    {
        bool isIpv6Only = fields.Flag("v6only");
        if (isIpv6Only && (!local.IsIpv6 || local.IsMapped)) fields.Fail(CardFileError.OtherVersion(fields.At("v6only"), $"{local}", "a socket for IPv6 only"));
        return isIpv6Only;
    }

    uint PortOf(YamlFields fields)
    {
        if (fields.Text("port") is not { } name) return 0;
        if (ports.FirstOrDefault(p => p.Config.Name == name) is { } port) return port.Ifindex;
        fields.Fail(CardFileError.NoSuchPort(fields.At("port"), name, ports.Select(p => p.Config.Name)));
        return 0;
    }
}
