using System.Buffers.Binary;
using System.Numerics;
using Chainring.Nic.Wire;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Bench;

/// <summary>A piece of network, the same for equal sizes: its flows, which of them are listed, its routes and backends; what the maps of <c>backends.c</c> are filled with.</summary>
public sealed class BenchWorld
{
    /// <summary>As many as the Internet had in 2025.</summary>
    const int MostRoutes = 1 << 20;

    /// <summary>One flow in so many goes where no route leads.</summary>
    const ulong UnroutedShare = 8;

    const ulong Seed = 1, ListedSeed = 2, DestinationSeed = 3, RouteSeed = 4;
    const int KeyBytes = 16;

    /// <summary>What carries a header of a flow: 12 of 16 are TCP or UDP over IPv4, 2 of these behind a VLAN tag.</summary>
    static readonly FlowShape[] Shapes =
    [
        .. Enumerable.Repeat(new FlowShape(Network.Ipv4, Transport.Tcp), 6),
        .. Enumerable.Repeat(new FlowShape(Network.Ipv4, Transport.Udp), 4),
        new(Network.Ipv4, Transport.Tcp, Tags: 1), new(Network.Ipv4, Transport.Udp, Tags: 1),
        new(Network.Ipv6, Transport.Udp), new(Network.Ipv6, Transport.Udp),
        new(Network.Ipv4, Transport.Icmp), new(Network.Arp),
    ];

    /// <summary>Of 16 routes: one half and more are /24, as in the Internet.</summary>
    static readonly byte[] Lengths = [24, 24, 24, 24, 24, 24, 24, 24, 24, 23, 23, 22, 22, 20, 19, 16];

    readonly (uint Address, byte Length)[] _routes;

    /// <param name="entries">Listed flows, and routes up to the Internet's; of backends the next power of two.</param>
    public BenchWorld(int entries)
    {
        Entries = entries;
        int listed = 0;
        while (listed < entries)
        {
            if (IsListed(Flows++)) listed++;
        }
        _routes = MakeRoutes(Math.Min(entries, MostRoutes));
    }

    public delegate void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    public int Entries { get; }

    /// <summary>As many as it takes until the entries are listed: one in two that can be.</summary>
    public int Flows { get; private set; }

    /// <summary>The first flow that is listed and has a route, without a tag.</summary>
    public int PlainFlow => Enumerable.Range(0, Flows).First(f => IsListed(f) && HasRoute(f) && ShapeOf(f).Tags == 0);

    public static FlowShape ShapeOf(int flow) => Shapes[flow % Shapes.Length];

    /// <summary>TCP or UDP over IPv4.</summary>
    public static bool IsTuple(int flow) => ShapeOf(flow) is { Network: Network.Ipv4, Transport: Transport.Tcp or Transport.Udp };

    public static bool IsListed(int flow) => IsTuple(flow) && (KeyOf(flow, ListedSeed) & 1) == 0;

    public static bool HasRoute(int flow) => ShapeOf(flow).Network == Network.Ipv4 && KeyOf(flow, DestinationSeed) % UnroutedShare != 0;

    /// <summary>The map in the size that this world needs.</summary>
    public MapSpec Sized(MapSpec map) => map with
    {
        MaxEntries = map.Name switch
        {
            "listed" => Entries,
            "backends" => Backends,
            "routes" => _routes.Length,
            _ => map.MaxEntries,
        },
    };

    /// <summary>All that a map holds before the first frame.</summary>
    public void Fill(string map, Put put)
    {
        switch (map)
        {
            case "listed": FillListed(put); break;
            case "backends": FillBackends(put); break;
            case "routes": FillRoutes(put); break;
            case ".bss": put(new byte[sizeof(uint)], BitConverter.GetBytes(Backends - 1)); break;
        }
    }

    /// <summary>Writes a frame of a flow with right lengths and checksums; 64 bytes are enough for any.</summary>
    public void Write(int flow, uint number, Span<byte> frame)
    {
        var shape = ShapeOf(flow);
        FrameGenerator.Write(new Flow(Seed, flow, shape), number, frame);
        if (shape.Network != Network.Ipv4) return;
        var header = frame[shape.NetworkOffset..];
        uint before = BinaryPrimitives.ReadUInt32BigEndian(header[16..]), after = DestinationOf(flow);
        BinaryPrimitives.WriteUInt32BigEndian(header[16..], after);
        Adjust(header[10..], before, after);
        if (IsTuple(flow)) Adjust(frame[(shape.TransportOffset + (shape.Transport == Transport.Tcp ? 16 : 6))..], before, after);
    }

    int Backends => (int)BitOperations.RoundUpToPowerOf2((uint)Entries);

    /// <summary>Within a route, or in 240.0.0.0/4, where none leads.</summary>
    uint DestinationOf(int flow)
    {
        ulong key = KeyOf(flow, DestinationSeed);
        uint host = (uint)(key >> 32);
        if (!HasRoute(flow)) return 0xf000_0000 | host;
        var (address, length) = _routes[SplitMix64.Mix(key) % (ulong)_routes.Length];
        return address | host & (uint.MaxValue >> length);
    }

    void FillListed(Put put)
    {
        Span<byte> key = stackalloc byte[KeyBytes];
        Span<byte> rule = stackalloc byte[sizeof(ulong)];
        key.Clear();
        for (int n = 0; n < Flows; n++)
        {
            if (!IsListed(n)) continue;
            var flow = new Flow(Seed, n, ShapeOf(n));
            flow.WriteSourceIpv4(key);
            BinaryPrimitives.WriteUInt32BigEndian(key[4..], DestinationOf(n));
            BinaryPrimitives.WriteUInt16BigEndian(key[8..], flow.SourcePort);
            BinaryPrimitives.WriteUInt16BigEndian(key[10..], flow.DestinationPort);
            key[12] = (byte)(flow.Shape.Transport == Transport.Tcp ? 6 : 17);
            BinaryPrimitives.WriteUInt64LittleEndian(rule, (ulong)n);
            put(key, rule);
        }
    }

    void FillBackends(Put put)
    {
        Span<byte> key = stackalloc byte[sizeof(uint)];
        Span<byte> backend = stackalloc byte[16];
        backend.Clear();
        for (int n = 0; n < Backends; n++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(key, n);
            BinaryPrimitives.WriteUInt32BigEndian(backend, 0x0a00_0000 | (uint)n);
            WriteMac(backend[4..], n);
            put(key, backend);
        }
    }

    void FillRoutes(Put put)
    {
        Span<byte> key = stackalloc byte[2 * sizeof(uint)];
        Span<byte> macs = stackalloc byte[12];
        Flow.WriteDestinationMac(macs[6..]);
        for (int n = 0; n < _routes.Length; n++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(key, _routes[n].Length);
            BinaryPrimitives.WriteUInt32BigEndian(key[4..], _routes[n].Address);
            WriteMac(macs, n);
            put(key, macs);
        }
    }

    /// <summary>Different ones, of addresses below 224.0.0.0.</summary>
    static (uint Address, byte Length)[] MakeRoutes(int count)
    {
        var random = new SplitMix64(RouteSeed);
        var routes = new HashSet<(uint, byte)>(count);
        while (routes.Count < count)
        {
            byte length = Lengths[random.Below(Lengths.Length)];
            uint address = 0x0100_0000 + (uint)random.Below(0xdf00_0000UL);
            routes.Add((address & ~(uint.MaxValue >> length), length));
        }
        return [.. routes];
    }

    static void WriteMac(Span<byte> at, int number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(at, 0x0202);
        BinaryPrimitives.WriteInt32BigEndian(at[2..], number);
    }

    /// <summary>A checksum when one of the words that it covers has become another (RFC 1624).</summary>
    static void Adjust(Span<byte> at, uint before, uint after)
    {
        ushort check = BinaryPrimitives.ReadUInt16BigEndian(at);
        BinaryPrimitives.WriteUInt16BigEndian(at, InternetChecksum.Fold((ulong)(ushort)~check + ~before + after));
    }

    static ulong KeyOf(int flow, ulong seed) => SplitMix64.Mix((ulong)flow + SplitMix64.Mix(seed));
}
