using System.Globalization;
using Chainring.Nic;
using Chainring.Nic.Wire;
using Chainring.Nic.Wire.Wrappers;

namespace Chainring.Host.Driver;

/// <summary>Reads what a port is plugged into.</summary>
/// <remarks><code>
/// wire: null                                          # takes everything, gives nothing
/// wire: loopback                                      # gives back what it takes
/// wire: { capture: in.pcap, repeat: 2, paced: false } # out: FILE is what is sent
/// wire: { generate: { frames: 1000000, flows: 1000, order: zipf, size: imix, kinds: [udp4, tcp6+vlan], rate: 10000, seed: 1, defects: 0 } }
/// wire: { tap: tap0 }
/// wire: { interface: veth0 }
/// # and with any of them, files that are written, in the working folder:
///   trace: FILE                                       # a line for every frame
///   record: FILE.pcap                                 # every frame in both directions
///   out: FILE.pcap                                    # what is sent
///   faults: { in: { drop: 100, link-down: 10, link-down-frames: 50 }, out: { corrupt: 5 } }     # of a million
/// </code></remarks>
static class WireFields
{
    static readonly string[] Kinds = ["null", "loopback", "capture", "generate", "tap", "interface"];
    static readonly string[] Around = ["repeat", "paced", "out", "trace", "record", "faults"];
    static readonly string[] Orders = ["round-robin", "uniform", "zipf"];

    /// <summary>What a port of the largest MTU takes.</summary>
    const int LongestFrame = PortConfig.MaxFrame;

    public static WireSpec Read(YamlFields port, string key, string folder)
    {
        if (!port.Has(key)) return new WireSpec { Where = port.Mapping.Where };
        if (port.Mapping.Find(key) is YamlDotNet.RepresentationModel.YamlScalarNode word)
        {
            // YAML has several spellings of null.
            bool isNull = word.Value is null or "" or "~" or "null";
            if (!isNull && word.Value != "loopback") port.Fail(CardFileError.OneKind(port.At(key), Kinds));
            return new WireSpec { Where = port.At(key), Kind = isNull ? WireKind.Null : WireKind.Loopback };
        }
        var wire = port.Fields(key);
        var spec = Read(wire, folder) with { Where = port.At(key) };
        port.Take(wire);
        return spec;
    }

    static WireSpec Read(YamlFields wire, string folder)
    {
        wire.Only([.. Kinds[2..], .. Around]);
        string[] kinds = [.. Kinds[2..].Where(wire.Has)];
        if (kinds.Length > 1) wire.Fail(CardFileError.OneKind(wire.Mapping.Where, Kinds));
        var kind = kinds.Length == 0 ? WireKind.Null : (WireKind)Array.IndexOf(Kinds, kinds[0]);
        foreach (string key in new[] { "repeat", "paced" })
        {
            if (kind != WireKind.Capture && wire.Has(key)) wire.Fail(YamlError.UnknownKey(wire.At(key), key, Around[2..]));
        }
        var faults = wire.Fields("faults");
        faults.Only("in", "out");
        var spec = new WireSpec
        {
            Kind = kind,
            Name = kind switch
            {
                WireKind.Capture => wire.Name("capture") is { } path ? Path.Combine(folder, path) : "",
                WireKind.Tap or WireKind.Interface => wire.Name(kinds[0]) ?? "",
                _ => "",
            },
            Repeat = wire.Number("repeat", 1, 1, int.MaxValue),
            Paced = wire.Flag("paced", usual: true),
            Out = wire.Name("out"),
            Trace = wire.Name("trace"),
            Record = wire.Name("record"),
            FaultsIn = ReadFaults(faults, "in", isReceiving: true),
            FaultsOut = ReadFaults(faults, "out", isReceiving: false),
        };
        wire.Take(faults);
        return kind == WireKind.Generate ? ReadTraffic(wire, spec) : spec;
    }

    static WireSpec ReadTraffic(YamlFields wire, WireSpec spec)
    {
        var traffic = wire.Fields("generate");
        traffic.Only("frames", "flows", "order", "size", "kinds", "rate", "seed", "defects");
        var read = spec with
        {
            Frames = traffic.Has("frames") ? traffic.Number("frames", 0L, 0L, long.MaxValue) : null,
            RateMbps = traffic.Number("rate", 0, 1, int.MaxValue),
            Traffic = new TrafficSpec
            {
                Seed = traffic.Number("seed", 1UL, 0UL, ulong.MaxValue),
                Flows = traffic.Number("flows", 1, 1, 1 << 24),
                Order = (FlowOrder?)traffic.Word("order", Orders) ?? FlowOrder.RoundRobin,
                Sizes = ReadSize(traffic),
                Shapes = [.. (traffic.List("kinds") is { Count: > 0 } kinds ? kinds : ["udp4"]).Select(kind => ReadShape(traffic, kind))],
                DefectPercent = traffic.Number("defects", 0, 0, 100),
            },
        };
        wire.Take(traffic);
        return read;
    }

    static SizeMix ReadSize(YamlFields traffic)
    {
        if (traffic.Text("size") is not { } text) return SizeMix.Fixed(64);
        if (text == "imix") return SizeMix.Imix;
        string[] ends = text.Split('-');
        if (ends.Length <= 2 && Bytes(ends[0], out int shortest) && Bytes(ends[^1], out int longest) && shortest <= longest) return SizeMix.Between(shortest, longest);
        traffic.Fail(CardFileError.Size(traffic.At("size"), text));
        return SizeMix.Fixed(64);

        static bool Bytes(string text, out int bytes) => int.TryParse(text, CultureInfo.InvariantCulture, out bytes) && bytes is >= 14 and <= LongestFrame;
    }

    static FlowShape ReadShape(YamlFields traffic, string text)
    {
        string[] words = text.Split('+');
        FlowShape? shape = words[0] switch
        {
            "plain" => new(Network.Plain),
            "arp" => new(Network.Arp),
            "udp4" => new(Network.Ipv4, Transport.Udp),
            "tcp4" => new(Network.Ipv4, Transport.Tcp),
            "icmp4" => new(Network.Ipv4, Transport.Icmp),
            "udp6" => new(Network.Ipv6, Transport.Udp),
            "tcp6" => new(Network.Ipv6, Transport.Tcp),
            "icmp6" => new(Network.Ipv6, Transport.Icmp),
            _ => null,
        };
        foreach (string word in words[1..])
        {
            shape = word switch
            {
                "vlan" => shape is { } s ? s with { Tags = 1 } : null,
                "qinq" => shape is { } s ? s with { Tags = 2 } : null,
                "fragments" => shape is { } s ? s with { Fragmented = true } : null,
                _ => null,
            };
        }
        if (shape is null) traffic.Fail(CardFileError.Shape(traffic.At("kinds"), text));
        return shape ?? new(Network.Ipv4);
    }

    static FaultSpec? ReadFaults(YamlFields faults, string key, bool isReceiving)
    {
        if (!faults.Has(key)) return null;
        var fields = faults.Fields(key);
        string[] known = ["seed", "drop", "corrupt", "duplicate", "delay", "delay-frames", "truncate", "link-down", "link-down-frames"];
        fields.Only(isReceiving ? [.. known, "bad-descriptor", "stalled-ring", "stall-frames"] : known);
        var spec = new FaultSpec
        {
            Seed = fields.Number("seed", 1UL, 0UL, ulong.MaxValue),
            DropPerMillion = Rate("drop"),
            CorruptPerMillion = Rate("corrupt"),
            DuplicatePerMillion = Rate("duplicate"),
            DelayPerMillion = Rate("delay"),
            TruncatePerMillion = Rate("truncate"),
            LinkDownPerMillion = Rate("link-down"),
            BadDescriptorPerMillion = Rate("bad-descriptor"),
            StalledRingPerMillion = Rate("stalled-ring"),
            DelayFrames = fields.Number("delay-frames", 1, 1, 1 << 16),
            LinkDownFrames = fields.Number("link-down-frames", 1, 1, int.MaxValue),
            StallFrames = fields.Number("stall-frames", 1, 1, int.MaxValue),
        };
        faults.Take(fields);
        return spec;

        int Rate(string name) => fields.Number(name, 0, 0, FaultSpec.Always);
    }
}
