using System.Text;
using Chainring.Host.Driver;
using Chainring.Host.Driver.Peers;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Kernels.Network;
using Chainring.Nic;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;

namespace Chainring.Tests.Oracle;

/// <summary>What a comparison amounted to.</summary>
/// <param name="Comparisons">Verdicts, frames, metadata, run counts and map entries that were held against each other.</param>
/// <param name="Differences">A line for each that differed.</param>
sealed record ComparisonResult(int Frames, long Comparisons, IReadOnlyList<string> Differences)
{
    const int Shown = 12;

    /// <summary>The first differences, and how many there are.</summary>
    public string Summary =>
        string.Join('\n', Differences.Take(Shown)) + (Differences.Count > Shown ? $"\n… {Differences.Count} differences" : "");
}

/// <summary>
/// A chain on the card and in the kernel: both get the same frames, and verdict, bytes and metadata of each, the number of runs of each
/// program and what is in the maps at the end must be equal. Interfaces that the chain puts into devmaps exist in the kernel. The kernel's programs are loaded once; maps are as new for every capture.
/// </summary>
sealed class Comparison(IKernelTarget target, ChainSpec onCard, ChainSpec inKernel, CardSpec? around = null) : IDisposable
{
    const int Cpu = 0;

    /// <summary>Programs whose maps hold times and random numbers: their verdicts and bytes are compared, their maps are not.</summary>
    static readonly string[] Unsteady = ["unsteady"];

    /// <summary>Programs whose verdicts and maps follow the clock: the kernel's is not the capture's. Runs, bytes and metadata are compared.</summary>
    static readonly string[] Timed = ["rate-limit"];

    /// <summary>Programs that send SYN cookies back, which hang on a secret: of such frames two fields of the TCP header are not compared.</summary>
    static readonly string[] Secretive = ["syn-proxy"];

    KernelChain? _kernel;
    KernelPorts? _ports;
    KernelSockets? _sockets;

    public Comparison(IKernelTarget target, ChainSpec chain) : this(target, chain, chain) { }

    public ComparisonResult Over(Capture capture)
    {
        using var card = new TestCard(onCard, target);
        var kernel = FreshKernel();
        var frames = capture.For(onCard);
        var findings = new Findings();
        uint ingress = around?.Ports[0].Ifindex ?? CaptureRun.Ifindex;
        if (around is not null) Surround(card.Card, around);
        var outcomes = card.Run(new ListWire([.. frames.Select(f => f.Bytes)]), ingress: ingress);
        var events = new List<(long Frame, string Map, byte[] Data)>();
        var runs = new long[onCard.Members.Count];

        using (new CpuPin(Cpu))
        {
            for (int n = 0; n < frames.Count; n++)
            {
                var (ours, theirs) = (outcomes[n], kernel.Run(frames[n].Bytes, ingress: around is null ? 0 : ingress, cpu: Cpu));
                foreach (var step in theirs.Steps) runs[step.Member]++;
                foreach (var (map, data) in kernel.Drain()) events.Add((n, map, data));
                if (!Timed.Contains(onCard.Name)) findings.Compare(frames[n], "verdict", ours.Verdict.Action, theirs.Verdict);
                if (Secretive.Contains(onCard.Name) && theirs.Verdict == XdpAction.Tx) Blank(ours.Bytes, theirs.Frame);
                findings.Compare(frames[n], "bytes", ours.Bytes, theirs.Frame);
                findings.Compare(frames[n], "metadata", ours.Metadata, theirs.Metadata);
            }
        }
        CompareEvents(findings, capture.Name, card, events);
        var totals = card.Card.Totals();
        for (int n = 0; n < runs.Length; n++)
            findings.Compare(capture.Name, $"runs of {onCard.Members[n].Alias}", totals.Runs(card.Chain.Members[n].Id), runs[n]);
        if (!Unsteady.Contains(onCard.Name) && !Timed.Contains(onCard.Name))
            foreach (var map in card.Chain.Maps) CompareMap(findings, capture.Name, map, card.Chain.Maps, kernel.Map(map.Member, map.Map.Spec.Name));
        return new(frames.Count, findings.Comparisons, findings.Differences);
    }

    public void Dispose()
    {
        _kernel?.Dispose();
        _sockets?.Dispose();
        _ports?.Dispose();
    }

    /// <summary>Maps and sockets as before the first frame.</summary>
    KernelChain FreshKernel()
    {
        _kernel = Loaded();
        _sockets?.Dispose();
        _sockets = around is { InetSockets.Count: > 0 } ? new(around.InetSockets, around.SynCookies, around.Ports[0].Ifindex) : null;
        return _kernel;
    }

    KernelChain Loaded()
    {
        if (_kernel?.Reset() == true) return _kernel;
        _kernel?.Dispose();
        if (_ports is null && around is not null)
        {
            _ports = new(around.Ports.Select(p => (int)p.Ifindex));
            KernelNetwork.Set([.. around.Ports.Select(InterfaceOf)], around.Routes, around.Neighbours);
        }
        if (_ports is null && DevicesOf(inKernel) is { Count: > 0 } devices) _ports = new(devices);
        return new(inKernel);
    }

    /// <summary>What programs on a card can ask of the network, without the ports themselves.</summary>
    internal static void Surround(SmartNic card, CardSpec around)
    {
        foreach (var port in around.Ports) card.Network.Add(InterfaceOf(port));
        card.Network.Set(around.Routes, around.Neighbours);
        card.Network.Set(around.InetSockets, around.SynCookies);
    }

    static NetworkInterface InterfaceOf(PortSpec port) =>
        new(port.Ifindex, port.Config.Mtu, port.Config.Mac.Value) { Addresses = port.Config.Addresses, Forwards = port.Config.Forwarding };

    /// <summary>Sequence number and checksum, behind an IP header without options.</summary>
    static void Blank(params byte[][] frames)
    {
        const int etherType = 12, ipv6Type = 0x86, behindIpv4 = 34, behindIpv6 = 54;
        foreach (byte[] frame in frames)
        {
            int tcp = frame[etherType] == ipv6Type ? behindIpv6 : behindIpv4;
            frame.AsSpan(tcp + 4, 4).Clear();
            frame.AsSpan(tcp + 16, 2).Clear();
        }
    }

    static List<int> DevicesOf(ChainSpec chain)
    {
        var devmaps = chain.Members.SelectMany(m => m.Source.Maps).Where(m => m.Type is MapType.DevMap or MapType.DevMapHash).Select(m => m.Name).ToHashSet();
        return
        [
            .. chain.MapEntries.Where(e => devmaps.Contains(e.Map)).Select(e => BitConverter.ToInt32(Convert.FromHexString(e.Value)))
                .Where(ifindex => ifindex > KernelPorts.Loopback).Distinct(),
        ];
    }

    /// <summary>Those of each map in their order. The kernel fills perf events up to 4 bytes more than a multiple of 8.</summary>
    static void CompareEvents(Findings findings, string capture, TestCard card, List<(long Frame, string Map, byte[] Data)> theirs)
    {
        var left = card.Events.Where(e => e.Map.Length > 0).ToLookup(e => e.Map);
        var right = theirs.ToLookup(e => e.Map);
        foreach (string map in left.Select(e => e.Key).Union(right.Select(e => e.Key)))
        {
            bool perf = card.Map(map).Spec.Type == MapType.PerfEventArray;
            findings.Compare(capture, $"events of {map}", left[map].Count(), right[map].Count());
            foreach (var (ours, kernels) in left[map].Zip(right[map]))
            {
                bool filled = perf && kernels.Data.Length == (ours.Data.Length + sizeof(uint) + 7) / 8 * 8 - sizeof(uint);
                findings.Compare(capture, $"event of {map}", $"{ours.Frame}: {Convert.ToHexString(ours.Data)}",
                    $"{kernels.Frame}: {Convert.ToHexString(filled ? kernels.Data.AsSpan(0, ours.Data.Length) : kernels.Data)}");
            }
        }
    }

    static void CompareMap(Findings findings, string capture, InstalledMap ours, IReadOnlyList<InstalledMap> maps, KernelMap theirs)
    {
        var left = Entries(ours.Map, maps).ToDictionary();
        var right = theirs.Entries().Select((e, n) => Show(e.Key.Length == 0 ? BitConverter.GetBytes(n) : e.Key, e.Values, ours.Map.Cpus)).ToDictionary();
        foreach (string key in left.Keys.Union(right.Keys).Order(StringComparer.Ordinal))
        {
            findings.Compare($"{capture}, map {ours.Member}.{ours.Map.Spec.Name}", key,
                left.GetValueOrDefault(key, "nothing"), right.GetValueOrDefault(key, "nothing"));
        }
    }

    static IEnumerable<KeyValuePair<string, string>> Entries(Map map, IReadOnlyList<InstalledMap> maps) => map.Entries().Select((e, n) =>
        map is PushPopMap ? Show(BitConverter.GetBytes(n), e.Values, 1)
        : map is IMapOfMaps ? Show(e.Key, [Encoding.UTF8.GetBytes(maps.Single(m => m.Map.Id == BitConverter.ToUInt32(e.Values[0])).Map.Spec.Name)], 1)
        : map is ProgramArrayMap programs ? Show(e.Key, [Encoding.UTF8.GetBytes(programs[BitConverter.ToUInt32(e.Key)]!.Name)], 1)
        : Show(e.Key, e.Values, map.Cpus));

    /// <summary>The card has as many CPUs as queues; the kernel's further ones never ran.</summary>
    static KeyValuePair<string, string> Show(byte[] key, IReadOnlyList<byte[]> values, int cpus) =>
        new(Convert.ToHexString(key), string.Join(',', values.Take(cpus).Select(Convert.ToHexString)));

    sealed class Findings
    {
        public List<string> Differences { get; } = [];

        public long Comparisons { get; private set; }

        public void Compare<TWhere, T>(TWhere where, string what, T ours, T theirs)
        {
            Comparisons++;
            if (!EqualityComparer<T>.Default.Equals(ours, theirs)) Differences.Add($"{where}, {what}: card {ours}, kernel {theirs}");
        }

        public void Compare(CapturedFrame where, string what, byte[] ours, byte[] theirs)
        {
            Comparisons++;
            if (ours.AsSpan().SequenceEqual(theirs)) return;
            int at = ours.AsSpan().CommonPrefixLength(theirs);
            Differences.Add($"{where}, {what}: from byte {at} on, card {Show(ours, at)}, kernel {Show(theirs, at)}");
        }

        static string Show(byte[] bytes, int from) =>
            $"{Convert.ToHexString(bytes.AsSpan(from, Math.Min(32, bytes.Length - from)))} (of {bytes.Length})";
    }
}
