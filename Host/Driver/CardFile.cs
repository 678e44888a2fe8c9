using System.Globalization;
using Chainring.Kernels.Network;
using Chainring.Nic;
using Chainring.Nic.Rss;
using Chainring.Offload;

namespace Chainring.Host.Driver;

/// <summary>Reads a card from YAML. What it reads lies relative to the file; what it writes, to the working folder. Every error names file and line.</summary>
/// <remarks><code>
/// ports:
///   eth0:
///     ifindex: 2                       # as programs see it; counted up from 1 if not given
///     mac: 02:00:00:00:00:01
///     addresses: [10.0.1.1/24, 2001:db8:1::1/64]      # what programs that look routes up know of the port
///     forwarding: true                 # packets that come in may be forwarded
///     mtu: 1500                        # at most 9000; 3506 if not given, the most without fragments
///     speed: 10000                     # Mb/s; generators keep to it
///     link: up                         # or down
///     queues: 4                        # RX queues, spread by RSS; queue n is CPU n
///     ring: 1024                       # frames that wait in a queue at most
///     batch: 256                       # frames that go through the chain at once
///     pause: false                     # a full ring holds up the wire instead of missing frames
///     coalesce: { frames: 64, usecs: 50 }
///     rss: { key: 6d5a..., table: [0, 1, 2, 3], tcp4: sdfn, udp4: sdfn, tcp6: sdfn, udp6: sdfn, other: sd }
///     vlan-strip: false                # the outermost tag becomes a hint
///     rx-checksum: false               # checksums are checked, and the result counted
///     wire: { capture: in.pcap, out: sent.pcap }      # see WireFields
///     host: { tap: chain0 }
/// sockets:                             # AF_XDP sockets by the numbers that xskmaps have; what they get is sent into a wire
///   7: { out: xsk7.pcap }
/// routes:                              # for programs that look routes up; see NetworkFields
///   - { to: 10.2.0.0/16, via: 10.0.1.2 }
/// neighbours:
///   - { address: 10.0.1.2, mac: 02:00:00:00:00:99 }
/// inet-sockets:                        # the host's, for programs that look sockets up; see InetSocketFields
///   - { protocol: tcp, local: 10.0.1.1:80 }
/// syn-cookies: when-full               # listening sockets give cookies when their queue is full, which on a card it never is; or never, or always
/// </code></remarks>
public sealed class CardFile
{
    const string What = "a card file", Shape = "one mapping with 'ports'";

    /// <summary>A batch has its buffers at once: 4 KiB for each frame, 12 KiB where the MTU allows frames with fragments.</summary>
    public const int MaxRing = 1 << 16;

    /// <summary>The indirection table has 128 entries, one a byte.</summary>
    public const int MaxQueues = RssConfig.TableEntries;

    /// <summary>Packet memory of a card, in buffers: 8 GiB.</summary>
    public const long MaxBuffers = 1 << 21;

    static readonly string[] HashWords = ["none", "sd", "sdfn"];

    readonly string _folder;

    CardFile(string folder) => _folder = folder;

    public static Result<CardSpec> Load(string path) =>
        YamlMapping.Load(path, What, Shape).Try(out var root, out var problem) ? Read(root, Path.GetDirectoryName(Path.GetFullPath(path))!) : problem;

    /// <param name="file">How errors call it.</param>
    /// <param name="folder">What captures that it plays are relative to.</param>
    public static Result<CardSpec> Parse(string text, string file, string folder) =>
        YamlMapping.Parse(text, file, What, Shape).Try(out var root, out var problem) ? Read(root, folder) : problem;

    static Result<CardSpec> Read(YamlMapping root, string folder)
    {
        var top = new YamlFields(root);
        top.Only("ports", "sockets", "routes", "neighbours", "inet-sockets", "syn-cookies");
        var ports = top.Fields("ports");
        var file = new CardFile(folder);
        var read = new List<PortSpec>();
        foreach (var (name, where, node) in ports.Mapping.Entries)
        {
            if (top.Problem is not null) break;
            if (!ports.Mapping.Mapping(node, $"port '{name}'", "a mapping such as { queues: 4, wire: null }").Try(out var one, out var problem)) return problem;
            var fields = new YamlFields(one);
            var port = file.ReadPort(fields, name, where, (uint)read.Count + 1);
            if (read.Find(p => p.Ifindex == port.Ifindex) is { } other) fields.Fail(CardFileError.IfindexTwice(fields.At("ifindex"), port.Ifindex, other.Config.Name));
            top.Take(fields);
            read.Add(port);
        }
        var sockets = file.ReadSockets(top);
        if (top.Problem is not null) return top.Problem;
        if (read.Count == 0) return YamlError.MissingKey(root.Where, "ports");
        var network = new NetworkFields(read);
        var (routes, neighbours) = (network.Routes(top), network.Neighbours(top));
        var inetSockets = new InetSocketFields(read).Read(top);
        var cookies = (SynCookieUse?)top.Word("syn-cookies", "never", "when-full", "always") ?? SynCookieUse.WhenQueueIsFull;
        if (top.Problem is not null) return top.Problem;
        var card = new CardSpec { Ports = read, Sockets = sockets, Routes = routes, Neighbours = neighbours, InetSockets = inetSockets, SynCookies = cookies };
        return card.Buffers <= MaxBuffers ? card : CardFileError.TooMuchMemory(root.Where, card.Buffers, MaxBuffers);
    }

    Dictionary<uint, WireSpec> ReadSockets(YamlFields top)
    {
        var sockets = top.Fields("sockets");
        var read = new Dictionary<uint, WireSpec>();
        foreach (var (number, where, _) in sockets.Mapping.Entries)
        {
            if (uint.TryParse(number, CultureInfo.InvariantCulture, out uint socket) && $"{socket}" == number) read[socket] = WireFields.Read(sockets, number, _folder);
            else sockets.Fail(YamlError.WrongShape(where, "a socket", "a number"));
        }
        top.Take(sockets);
        return read;
    }

    PortSpec ReadPort(YamlFields port, string name, string where, uint usualIfindex)
    {
        port.Only("ifindex", "mac", "addresses", "forwarding", "mtu", "speed", "link", "queues", "ring", "batch", "pause", "coalesce", "rss", "vlan-strip", "rx-checksum", "wire", "host");
        uint ifindex = port.Number("ifindex", usualIfindex, 1u, (uint)int.MaxValue);
        int queues = port.Number("queues", 1, 1, MaxQueues);
        var coalesce = port.Fields("coalesce");
        coalesce.Only("frames", "usecs");
        var config = new PortConfig
        {
            Name = name,
            Mac = ReadMac(port, ifindex),
            Addresses = NetworkFields.Addresses(port),
            Forwarding = port.Flag("forwarding", usual: true),
            Mtu = port.Number("mtu", PortConfig.DefaultMtu, 68, PortConfig.MaxMtu),
            SpeedMbps = port.Number("speed", 0, 0, int.MaxValue),
            Queues = queues,
            Ring = port.Number("ring", PortConfig.DefaultRing, 1, MaxRing),
            Batch = port.Number("batch", 256, 1, MaxRing),
            Pause = port.Flag("pause"),
            CoalesceFrames = coalesce.Number("frames", int.MaxValue, 1, int.MaxValue),
            CoalesceNs = 1000UL * coalesce.Number("usecs", 0u, 0u, uint.MaxValue),
            Rss = ReadRss(port, queues),
            VlanStrip = port.Flag("vlan-strip"),
            RxChecksum = port.Flag("rx-checksum"),
        };
        port.Take(coalesce);
        if (!IsInterfaceName(name)) port.Fail(YamlError.WrongShape(where, "a port's name", "that of an interface: 1 to 15 characters, no space, slash or colon"));
        return new(ifindex, config, port.Word("link", "down", "up") != 0, WireFields.Read(port, "wire", _folder), WireFields.Read(port, "host", _folder));
    }

    /// <summary>As Linux' dev_valid_name.</summary>
    static bool IsInterfaceName(string name) =>
        name.Length is > 0 and <= 15 && name is not ("." or "..") && !name.Any(c => c is '/' or ':' || char.IsWhiteSpace(c) || char.IsControl(c));

    static MacAddress ReadMac(YamlFields port, uint ifindex)
    {
        if (port.Text("mac") is not { } text) return MacAddress.Local(ifindex);
        if (!MacAddress.TryParse(text, out var address)) port.Fail(YamlError.WrongShape(port.At("mac"), "'mac'", "an Ethernet address such as 02:00:00:00:00:01"));
        return address;
    }

    static RssConfig? ReadRss(YamlFields port, int queues)
    {
        if (!port.Has("rss")) return null;
        var rss = port.Fields("rss");
        rss.Only("key", "table", "tcp4", "udp4", "tcp6", "udp6", "other");
        var usual = RssConfig.Even(queues);
        var read = usual with
        {
            Key = ReadKey(rss) ?? usual.Key,
            Table = ReadTable(rss, queues) ?? usual.Table,
            Tcp4 = (HashFields?)rss.Word("tcp4", HashWords) ?? usual.Tcp4,
            Udp4 = (HashFields?)rss.Word("udp4", HashWords) ?? usual.Udp4,
            Tcp6 = (HashFields?)rss.Word("tcp6", HashWords) ?? usual.Tcp6,
            Udp6 = (HashFields?)rss.Word("udp6", HashWords) ?? usual.Udp6,
            OtherIp = (HashFields?)rss.Word("other", "none", "sd") ?? usual.OtherIp,
        };
        port.Take(rss);
        return read;
    }

    /// <summary>Hex digits, with colons between the bytes or without, as ethtool takes and shows them.</summary>
    static byte[]? ReadKey(YamlFields rss)
    {
        if (rss.Text("key") is not { } text) return null;
        string digits = text.Replace(":", "");
        if (digits.Length == 2 * ToeplitzHash.KeyBytes && digits.All(char.IsAsciiHexDigit)) return Convert.FromHexString(digits);
        rss.Fail(YamlError.WrongShape(rss.At("key"), "'key'", $"{ToeplitzHash.KeyBytes} bytes in hex"));
        return null;
    }

    /// <summary>Queues by hash; a list shorter than the table is repeated.</summary>
    static byte[]? ReadTable(YamlFields rss, int queues)
    {
        if (rss.List("table") is not { } list) return null;
        var table = new byte[RssConfig.TableEntries];
        for (int n = 0; n < table.Length && rss.Problem is null; n++)
        {
            bool good = list.Count > 0 && byte.TryParse(list[n % list.Count], out table[n]) && table[n] < queues;
            if (!good || list.Count > table.Length)
                rss.Fail(YamlError.WrongShape(rss.At("table"), "'table'", $"a list of at most {RssConfig.TableEntries} queues from 0 to {queues - 1}"));
        }
        return table;
    }
}
