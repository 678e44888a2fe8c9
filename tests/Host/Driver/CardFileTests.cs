using Chainring.Host.Driver;
using Chainring.Kernels.Network;
using Chainring.Nic;
using Chainring.Nic.Rss;
using Chainring.Nic.Wire;
using Chainring.Offload;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver;

/// <summary>Card files: what they mean, and what their authors read when they are wrong.</summary>
public sealed class CardFileTests
{
    /// <summary>A file that uses every key.</summary>
    public const string Everything = """
        ports:
          eth0:
            ifindex: 7
            mac: 02:aa:00:00:00:01
            addresses: [10.0.1.1/24, 2001:db8:1::1/64]
            forwarding: false
            mtu: 1500
            speed: 10000
            link: down
            queues: 4
            ring: 512
            batch: 64
            pause: true
            coalesce: { frames: 32, usecs: 50 }
            rss: { key: "6d:5a:56:da:25:5b:0e:c2:41:67:25:3d:43:a3:8f:b0:d0:ca:2b:cb:ae:7b:30:b4:77:cb:2d:a3:80:30:f2:0c:6a:42:b7:3b:be:ac:01:fb", table: [3, 1], tcp4: sd, udp4: none, tcp6: sdfn, udp6: sd, other: none }
            vlan-strip: true
            rx-checksum: true
            wire:
              capture: in.pcap
              repeat: 3
              paced: false
              out: sent.pcap
              trace: trace.txt
              record: /abs/both.pcap
              faults:
                in: { seed: 5, drop: 1, corrupt: 2, duplicate: 3, delay: 4, delay-frames: 2, truncate: 5, link-down: 6, link-down-frames: 7, bad-descriptor: 8, stalled-ring: 9, stall-frames: 10 }
                out: { drop: 1000000 }
            host: { tap: chain0 }
          eth1:
            wire: { generate: { frames: 1000, flows: 10, order: zipf, size: 64-1500, kinds: [udp4, tcp6+vlan, icmp4+qinq, udp4+fragments], rate: 1000, seed: 9, defects: 5 } }
            host: loopback
          eth2: { wire: { interface: veth0 } }
          eth3: { wire: null }
          eth4: { wire: { out: all.pcap } }
        routes:
          - { to: 10.2.0.0/16, via: 10.0.1.2 }
          - { to: default, port: eth1, table: 100, metric: 7, mtu: 1400, source: 10.0.1.1 }
          - { to: default6, via: 2001:db8:1::2 }
          - { to: 10.3.0.0/16, kind: prohibit }
        neighbours:
          - { address: 10.0.1.2, mac: 02:bb:00:00:00:01 }
          - { address: 2001:db8:9::9, mac: 02:bb:00:00:00:02, port: eth2 }
        sockets: { 7: { out: xsk7.pcap } }
        syn-cookies: always
        inet-sockets:
          - { protocol: tcp, local: 10.0.1.1:80, mark: 7, priority: 3, port: eth0 }
          - { protocol: tcp, local: "[::]:443", v6only: true }
          - { protocol: tcp, local: "[2001:db8:1::1]:80", remote: "[2001:db8:1::2]:4000" }
          - { protocol: tcp, local: "[::ffff:10.0.1.1]:81", remote: "[::ffff:10.0.1.2]:4000", state: time-wait }
          - { protocol: udp, local: 0.0.0.0:53 }
          - { protocol: udp, local: 10.0.1.1:4000, remote: 10.0.1.2:53 }
        """;

    static Result<CardSpec> Parse(string text) => CardFile.Parse(text, "card.yaml", "/folder");

    [Test]
    public void Every_key_means_what_it_says()
    {
        var card = Parse(Everything).Value;
        var ports = card.Ports;
        Assert.That(card.Sockets.Single(), Is.EqualTo(new KeyValuePair<uint, WireSpec>(7, new WireSpec { Out = "xsk7.pcap", Where = "card.yaml:43", Traffic = card.Sockets[7].Traffic })));
        Assert.That(ports.Select(p => (p.Config.Name, p.Ifindex, p.LinkUp)), Is.EqualTo(new[] { ("eth0", 7u, false), ("eth1", 2u, true), ("eth2", 3u, true), ("eth3", 4u, true), ("eth4", 5u, true) }));
        var (eth0, wire) = (ports[0].Config, ports[0].Wire);
        Assert.That((eth0.Mac.ToString(), eth0.Mtu, eth0.SpeedMbps, eth0.Queues, eth0.Ring, eth0.Batch), Is.EqualTo(("02:aa:00:00:00:01", 1500, 10_000, 4, 512, 64)));
        Assert.That((eth0.Pause, eth0.CoalesceFrames, eth0.CoalesceNs, eth0.VlanStrip, eth0.RxChecksum), Is.EqualTo((true, 32, 50_000UL, true, true)));
        Assert.That((eth0.Rss!.Key[0], eth0.Rss.Key[^1], eth0.Rss.Table[126], eth0.Rss.Table[127]), Is.EqualTo(((byte)0x6d, (byte)0xfb, (byte)3, (byte)1)));
        Assert.That((eth0.Rss.Tcp4, eth0.Rss.Udp4, eth0.Rss.Tcp6, eth0.Rss.Udp6, eth0.Rss.OtherIp),
            Is.EqualTo((HashFields.Addresses, HashFields.None, HashFields.AddressesAndPorts, HashFields.Addresses, HashFields.None)));
        Assert.That((wire.Kind, wire.Name, wire.Repeat, wire.Paced, wire.Out, wire.Trace, wire.Record),
            Is.EqualTo((WireKind.Capture, "/folder/in.pcap", 3, false, "sent.pcap", "trace.txt", "/abs/both.pcap")));
        Assert.That(wire.FaultsIn, Is.EqualTo(new Chainring.Nic.Wire.Wrappers.FaultSpec
        {
            Seed = 5,
            DropPerMillion = 1,
            CorruptPerMillion = 2,
            DuplicatePerMillion = 3,
            DelayPerMillion = 4,
            DelayFrames = 2,
            TruncatePerMillion = 5,
            LinkDownPerMillion = 6,
            LinkDownFrames = 7,
            BadDescriptorPerMillion = 8,
            StalledRingPerMillion = 9,
            StallFrames = 10,
        }));
        Assert.That((wire.FaultsOut!.DropPerMillion, ports[0].Host.Kind, ports[0].Host.Name), Is.EqualTo((1_000_000, WireKind.Tap, "chain0")));

        var generated = ports[1].Wire;
        Assert.That((generated.Kind, generated.Frames, generated.RateMbps, ports[1].Host.Kind), Is.EqualTo((WireKind.Generate, 1000L, 1000, WireKind.Loopback)));
        var traffic = generated.Traffic;
        Assert.That((traffic.Flows, traffic.Order, traffic.Seed, traffic.DefectPercent, traffic.Sizes.Longest), Is.EqualTo((10, FlowOrder.Zipf, 9UL, 5, 1500)));
        Assert.That(traffic.Shapes, Is.EqualTo(new FlowShape[]
        {
            new(Network.Ipv4), new(Network.Ipv6, Transport.Tcp, Tags: 1), new(Network.Ipv4, Transport.Icmp, Tags: 2), new(Network.Ipv4, Fragmented: true),
        }));
        Assert.That(ports.Skip(2).Select(p => (p.Wire.Kind, p.Wire.Name, p.Wire.Out)),
            Is.EqualTo(new[] { (WireKind.Interface, "veth0", null), (WireKind.Null, "", (string?)null), (WireKind.Null, "", "all.pcap") }));
    }

    [Test]
    public void Every_key_of_the_network_means_what_it_says()
    {
        var card = Parse(Everything).Value;
        var eth0 = card.Ports[0].Config;
        Assert.That((string.Join(' ', eth0.Addresses), eth0.Forwarding, card.Ports[1].Config.Forwarding), Is.EqualTo(("10.0.1.1/24 2001:db8:1::1/64", false, true)));
        Assert.That(card.Routes.Select(r => $"{r.Kind} {r.To} via {r.Via} dev {r.Ifindex} table {r.Table} metric {r.Metric} mtu {r.Mtu} src {r.Source}"), Is.EqualTo(new[]
        {
            "Unicast 10.2.0.0/16 via 10.0.1.2 dev 7 table 254 metric 0 mtu 0 src ",
            "Unicast 0.0.0.0/0 via  dev 2 table 100 metric 7 mtu 1400 src 10.0.1.1",
            "Unicast ::/0 via 2001:db8:1::2 dev 7 table 254 metric 1024 mtu 0 src ",
            "Prohibit 10.3.0.0/16 via  dev 0 table 254 metric 0 mtu 0 src ",
        }));
        Assert.That(card.Neighbours.Select(n => $"{n.Ifindex} {n.Address} {new MacAddress(n.Mac)}"),
            Is.EqualTo(new[] { "7 10.0.1.2 02:bb:00:00:00:01", "3 2001:db8:9::9 02:bb:00:00:00:02" }));
    }

    [Test]
    public void Every_key_of_sockets_means_what_it_says()
    {
        var card = Parse(Everything).Value;
        Assert.That(card.SynCookies, Is.EqualTo(SynCookieUse.Always));
        Assert.That(Parse("ports: { a: {} }").Value.SynCookies, Is.EqualTo(SynCookieUse.WhenQueueIsFull));
        Assert.That(card.InetSockets.Select(s => $"{s.Protocol} {s.Local} {s.LocalPort} {s.Remote} {s.RemotePort} {s.State} {s.Ipv6Only} {s.Ifindex} {s.Mark} {s.Priority}"), Is.EqualTo(new[]
        {
            "Tcp 10.0.1.1 80  0 Listen False 7 7 3",
            "Tcp :: 443  0 Listen True 0 0 0",
            "Tcp 2001:db8:1::1 80 2001:db8:1::2 4000 Established False 0 0 0",
            "Tcp ::ffff:10.0.1.1 81 ::ffff:10.0.1.2 4000 TimeWait False 0 0 0",
            "Udp 0.0.0.0 53  0 Close False 0 0 0",
            "Udp 10.0.1.1 4000 10.0.1.2 53 Established False 0 0 0",
        }));
    }

    [Test]
    public void Every_state_has_a_word()
    {
        string[] words = ["established", "syn-sent", "fin-wait-1", "fin-wait-2", "close-wait", "last-ack", "closing", "time-wait"];
        var states = words.Select(w => Parse($"ports: {{ a: {{}} }}\ninet-sockets: [{{ protocol: tcp, local: 10.0.0.1:80, remote: 10.0.0.2:81, state: {w} }}]").Value.InetSockets.Single().State);
        Assert.That(states.Select(s => $"{s}".ToUpperInvariant()), Is.EqualTo(words.Select(w => w.Replace("-", "").ToUpperInvariant())));
        Assert.That(Enum.GetValues<SocketState>().Except(states), Is.EquivalentTo(new[] { SocketState.Listen, SocketState.Close }));
    }

    [Test]
    public void What_is_not_said_is_as_usual()
    {
        var port = Parse("ports: { eth0: {} }").Value.Ports.Single();
        Assert.That(port.Config, Is.EqualTo(new PortConfig { Name = "eth0", Mac = MacAddress.Local(1) }));
        Assert.That((port.Ifindex, port.LinkUp, port.Wire.Kind, port.Host.Kind), Is.EqualTo((1u, true, WireKind.Null, WireKind.Null)));
    }

    static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Case("Y05", "card.yaml:1: a card file must be one mapping with 'ports'", "[]");
        yield return Case("Y02", "card.yaml:2: While parsing a node", "ports: [");
        yield return Case("Y03", "card.yaml:1: unknown key 'port'; there may be ports, sockets, routes, neighbours, inet-sockets, syn-cookies", "port: {}");
        yield return Case("Y05", "card.yaml:1: a socket must be a number", "{ ports: { a: {} }, sockets: { seven: null } }");
        yield return Case("Y04", "card.yaml:1: 'ports' is missing", "ports: {}");
        yield return Case("Y05", "card.yaml:1: port 'eth0' must be a mapping such as { queues: 4, wire: null }", "ports: { eth0: 3 }");
        yield return Port("Y03", "card.yaml:2: unknown key 'colour'; there may be ifindex,", "colour: red");
        yield return Port("Y16", "card.yaml:2: 'queues' must be a whole number from 1 to 128, not '0'", "queues: 0");
        yield return Port("Y16", "card.yaml:2: 'queues' must be a whole number from 1 to 128, not '129'", "queues: 129");
        yield return Port("Y16", "card.yaml:2: 'mtu' must be a whole number from 68 to 9000, not '9001'", "mtu: 9001");
        yield return Port("Y16", "card.yaml:2: 'ring' must be", "ring: many");
        yield return Port("Y16", "card.yaml:2: 'ifindex' must be", "ifindex: 0");
        yield return Port("Y05", "card.yaml:2: 'mac' must be an Ethernet address such as", "mac: 02:00:00:00:01");
        yield return Port("Y17", "card.yaml:2: 'link' must be one of down, up, not 'sideways'", "link: sideways");
        yield return Port("Y05", "card.yaml:2: 'pause' must be true or false", "pause: 1");
        yield return Port("Y05", "card.yaml:2: 'coalesce' must be a mapping", "coalesce: 5");
        yield return Port("Y03", "card.yaml:2: unknown key 'ms'; there may be frames, usecs", "coalesce: { ms: 5 }");
        yield return Port("Y05", "card.yaml:2: 'key' must be 40 bytes in hex", "rss: { key: \"00\" }");
        yield return Port("Y05", "card.yaml:2: 'table' must be a list of at most 128 queues from 0 to 0", "rss: { table: [1] }");
        yield return Port("Y05", "card.yaml:2: 'table' must be a list of at most 128 queues from 0 to 0", "rss: { table: [] }");
        yield return Port("Y05", "card.yaml:2: 'table' must be a list such as [a, b]", "rss: { table: 3 }");
        yield return Port("Y17", "card.yaml:2: 'tcp4' must be one of none, sd, sdfn, not 'all'", "rss: { tcp4: all }");
        yield return Port("Y32", "card.yaml:2: a wire is one of null, loopback, capture,", "wire: string");
        yield return Port("Y32", "card.yaml:2: a wire is one of null, loopback, capture,", "wire: { tap: a, capture: b }");
        yield return Port("Y03", "card.yaml:2: unknown key 'pcap'; there may be capture, generate,", "wire: { pcap: x }");
        yield return Port("Y03", "card.yaml:2: unknown key 'repeat'; there may be", "wire: { tap: x, repeat: 2 }");
        yield return Port("Y05", "card.yaml:2: 'tap' must be a name", "wire: { tap: \"\" }");
        yield return Port("Y05", "card.yaml:2: 'out' must be a name", "wire: { out: \"\" }");
        yield return Port("Y05", "card.yaml:2: 'trace' must be a name", "wire: { trace: \"a\\0b\" }");
        yield return Port("Y05", "card.yaml:2: 'capture' must be a name", "wire: { capture: \"\" }");
        yield return Case("Y05", "card.yaml:1: a port's name must be that of an interface", "ports: { \"a b\": {} }");
        yield return Case("Y05", "card.yaml:1: a port's name must be that of an interface", "ports: { sixteen-letters-x: {} }");
        yield return Case("Y05", "card.yaml:1: a socket must be a number", "{ ports: { a: {} }, sockets: { 07: null } }");
        yield return Port("Y36", "card.yaml:2: a frame size is imix,", "wire: { generate: { size: big } }");
        yield return Port("Y36", "card.yaml:2: a frame size is imix,", "wire: { generate: { size: 100-64 } }");
        yield return Port("Y35", "card.yaml:2: 'sctp4' is no kind of frame", "wire: { generate: { kinds: [sctp4] } }");
        yield return Port("Y35", "card.yaml:2: 'udp4+mpls' is no kind of frame", "wire: { generate: { kinds: [udp4+mpls] } }");
        yield return Port("Y17", "card.yaml:2: 'order' must be one of round-robin, uniform, zipf", "wire: { generate: { order: random } }");
        yield return Port("Y16", "card.yaml:2: 'drop' must be a whole number from 0 to 1000000", "wire: { faults: { in: { drop: 2000000 } } }");
        yield return Port("Y03", "card.yaml:2: unknown key 'stalled-ring'", "wire: { faults: { out: { stalled-ring: 1 } } }");
        yield return Case("Y30", "card.yaml:3: port 'a' has ifindex 2 already", "ports:\n  a: { ifindex: 2 }\n  b: { ifindex: 2 }");
        yield return Case("Y31", "card.yaml:1: rings and batches of all queues need 50,331,648 buffers of 4 KiB", "ports: { a: { queues: 128, ring: 65536, batch: 65536, mtu: 9000 } }");
        yield return Case("Y31", "card.yaml:1: rings and batches of all queues need 16,777,216 buffers of 4 KiB", "ports: { a: { queues: 128, ring: 65536, batch: 65536 } }");
        yield return Port("Y05", "card.yaml:2: 'addresses' must be a list such as [10.0.1.1/24,", "addresses: [10.0.1]");
        yield return Port("Y05", "card.yaml:2: 'forwarding' must be true or false", "forwarding: maybe");
        yield return Network("Y05", "card.yaml:2: 'routes' must be a list such as [{ to: 10.2.0.0/16, via: 10.0.1.2 }]", "routes: { to: 10.2.0.0/16 }");
        yield return Network("Y04", "card.yaml:2: 'to' is missing", "routes: [{ via: 10.0.1.2 }]");
        yield return Network("Y05", "card.yaml:2: 'to' must be a prefix such as 10.2.0.0/16, default or default6", "routes: [{ to: 10.2.0.0/33, port: a }]");
        yield return Network("Y05", "card.yaml:2: 'via' must be an IP address", "routes: [{ to: 10.2.0.0/16, via: a }]");
        yield return Network("Y17", "card.yaml:2: 'kind' must be one of unicast, blackhole, unreachable, prohibit", "routes: [{ to: default, kind: throw }]");
        yield return Network("Y03", "card.yaml:2: unknown key 'port'; there may be to, kind,", "routes: [{ to: default, kind: blackhole, port: a }]");
        yield return Network("Y37", "card.yaml:2: there is no port 'b'; there are a", "routes: [{ to: default, port: b }]");
        yield return Network("Y38", "card.yaml:2: no port has an address in the network of 10.0.2.2;", "routes: [{ to: default, via: 10.0.2.2 }]");
        yield return Network("Y38", "card.yaml:2: no port has an address in the network of the destination;", "routes: [{ to: default }]");
        yield return Network("Y39", "card.yaml:2: 10.0.1.2 is not of the IP version of ::/0", "routes: [{ to: default6, via: 10.0.1.2 }]");
        yield return Network("Y39", "card.yaml:2: ::1 is not of the IP version of 0.0.0.0/0", "routes: [{ to: default, via: 10.0.1.2, source: ::1 }]");
        yield return Network("Y04", "card.yaml:2: 'address' is missing", "neighbours: [{ mac: 02:00:00:00:00:01 }]");
        yield return Network("Y05", "card.yaml:2: 'mac' must be an Ethernet address", "neighbours: [{ address: 10.0.1.2 }]");
        yield return Network("Y17", "card.yaml:2: 'syn-cookies' must be one of never, when-full, always, not '2'", "syn-cookies: 2");
        yield return Network("Y05", "card.yaml:2: 'inet-sockets' must be a list such as [{ protocol: tcp, local: 10.0.1.1:80 }]", "inet-sockets: { local: 10.0.1.1:80 }");
        yield return Socket("Y03", "card.yaml:2: unknown key 'address'; there may be protocol, local,", "address: 10.0.1.1");
        yield return Socket("Y04", "card.yaml:2: 'protocol' is missing", "local: 10.0.1.1:80");
        yield return Socket("Y04", "card.yaml:2: 'local' is missing", "protocol: tcp");
        yield return Socket("Y17", "card.yaml:2: 'protocol' must be one of tcp, udp, not 'sctp'", "protocol: sctp, local: 10.0.1.1:80");
        yield return Socket("Y05", "card.yaml:2: 'local' must be an address and a port such as 10.0.1.1:80", "protocol: tcp, local: 10.0.1.1");
        yield return Socket("Y05", "card.yaml:2: 'local' must be an address and a port such as 10.0.1.1:80", "protocol: tcp, local: 10.0.1.1:0");
        yield return Socket("Y05", "card.yaml:2: 'local' must be an address and a port such as 10.0.1.1:80", "protocol: tcp, local: 10.0.1.1:65536");
        yield return Socket("Y05", "card.yaml:2: 'local' must be an address and a port such as 10.0.1.1:80", "protocol: tcp, local: \"::1:80\"");
        yield return Socket("Y05", "card.yaml:2: 'local' must be an address and a port such as 10.0.1.1:80", "protocol: tcp, local: \"[10.0.1.1]:80\"");
        yield return Socket("Y05", "card.yaml:2: 'remote' must be an address and a port such as 10.0.1.1:80", "protocol: tcp, local: 10.0.1.1:80, remote: here");
        yield return Socket("Y39", "card.yaml:2: ::1 is not of the IP version of 10.0.1.1", "protocol: tcp, local: 10.0.1.1:80, remote: \"[::1]:80\"");
        yield return Socket("Y39", "card.yaml:2: ::1 is not of the IP version of ::ffff:10.0.1.1", "protocol: tcp, local: \"[::ffff:10.0.1.1]:80\", remote: \"[::1]:80\"");
        yield return Socket("Y39", "card.yaml:2: 0.0.0.0 is not of the IP version of a socket for IPv6 only", "protocol: tcp, local: 0.0.0.0:80, v6only: true");
        yield return Socket("Y41", "card.yaml:2: the 'local' address of a connection is one, and not any", "protocol: udp, local: 0.0.0.0:80, remote: 10.0.1.1:80");
        yield return Socket("Y41", "card.yaml:2: the 'remote' address of a connection is one, and not any", "protocol: udp, local: 10.0.1.1:80, remote: 0.0.0.0:80");
        yield return Socket("Y03", "card.yaml:2: unknown key 'state'; there may be protocol, local, remote", "protocol: udp, local: 10.0.1.1:80, remote: 10.0.1.2:80, state: established");
        yield return Socket("Y03", "card.yaml:2: unknown key 'state'; there may be protocol, local, remote", "protocol: tcp, local: 10.0.1.1:80, state: established");
        yield return Socket("Y17", "card.yaml:2: 'state' must be one of established, syn-sent,", "protocol: tcp, local: 10.0.1.1:80, remote: 10.0.1.2:80, state: listen");
        yield return Socket("Y05", "card.yaml:2: 'v6only' must be true or false", "protocol: tcp, local: \"[::]:80\", v6only: 1");
        yield return Socket("Y37", "card.yaml:2: there is no port 'b'; there are a", "protocol: tcp, local: 10.0.1.1:80, port: b");
        yield return Socket("Y16", "card.yaml:2: 'mark' must be a whole number from 0 to 4294967295", "protocol: tcp, local: 10.0.1.1:80, mark: -1");
        yield return Socket("Y40", "card.yaml:2: a packet for 10.0.1.1:80 could be for an earlier socket of the list as well", "protocol: tcp, local: 10.0.1.1:80 }, { protocol: tcp, local: 10.0.1.1:80, port: a");
        yield return Socket("Y40", "card.yaml:2: a packet for [::]:80 could be for an earlier socket of the list as well", "protocol: tcp, local: 0.0.0.0:80 }, { protocol: tcp, local: \"[::]:80\"");
        static TestCaseData Socket(string id, string begins, string keys) => Network(id, begins, $"inet-sockets: [{{ {keys} }}]");
        static TestCaseData Network(string id, string begins, string keys) => Case(id, begins, $"ports: {{ a: {{ addresses: [10.0.1.1/24] }} }}\n{keys}");
        static TestCaseData Port(string id, string begins, string keys) => Case(id, begins, $"ports:\n  eth0: {{ {keys} }}");
        static TestCaseData Case(string id, string begins, string text) => new TestCaseData(text, id, begins).SetArgDisplayNames(id, begins);
    }

    [TestCaseSource(nameof(Mistakes))]
    public void Every_mistake_is_named_with_file_and_line(string text, string id, string begins)
    {
        var problem = Parse(text).Problem!;
        Assert.That(problem.Sentence, Does.StartWith(begins));
        Assert.That((problem.Id, problem.IsBadInput), Is.EqualTo((id, true)));
    }
}
