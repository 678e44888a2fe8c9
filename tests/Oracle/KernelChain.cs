using Chainring.Host.Driver.Peers;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Oracle;

/// <summary>
/// A chain replayed in the kernel, program by program: each member runs by itself, its code chooses the edge, packet and metadata
/// are handed on. Maps are one set for each <see cref="ObjectSpec"/> instance, except that maps pinned by name are one for the chain.
/// </summary>
public sealed class KernelChain : IDisposable
{
    public const int MaxPrograms = 32;

    /// <summary>What fits before a frame at its usual place.</summary>
    const int MaxMetadata = 216;

    const int VerdictBytes = sizeof(uint);

    readonly ChainSpec _spec;
    readonly Dictionary<(ObjectSpec, string), KernelMap> _maps = new(ByObject.Instance);
    readonly Dictionary<string, KernelMap> _pinned = [];
    readonly Dictionary<(ObjectSpec, string), KernelProgram> _programs = new(ByObject.Instance);
    readonly Dictionary<(int From, XdpAction? On), int> _edges = [];

    public KernelChain(ChainSpec spec)
    {
        _spec = spec;
        foreach (var edge in spec.Edges) _edges.Add((edge.From, edge.On), edge.To);
        try
        {
            foreach (var source in spec.Members.Select(m => m.Source).Distinct(ReferenceEqualityComparer.Instance).Cast<ObjectSpec>())
                foreach (var map in source.Maps) _maps.Add((source, map.Name), Create(map));
            foreach (var map in _maps.Values.Where(m => m.Spec.Type == MapType.PerfEventArray)) map.Listen(cpus: 1);
            foreach (var member in spec.Members) Load(member.Source, member.Program);
            SetEntries();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The map a member knows by that name.</summary>
    public KernelMap Map(string alias, string map) => _maps[(Member(alias).Source, map)];

    /// <summary>What programs have put out since it was last asked, by map.</summary>
    public IEnumerable<(string Map, byte[] Data)> Drain() =>
        from map in _maps.Values.Distinct()
        where map.Spec.Type is MapType.PerfEventArray or MapType.RingBuffer
        from data in map.Drain()
        select (map.Spec.Name, data);

    /// <summary>
    /// All maps as before the first frame, without loading anything again. False if one of them cannot be: then another chain is needed.
    /// </summary>
    public bool Reset()
    {
        foreach (var map in _maps.Values.Distinct())
            if (!map.Reset()) return false;
        SetEntries();
        return true;
    }

    /// <summary>
    /// Runs the entry and follows the edges. Interface, queue and CPU as in <see cref="KernelProgram.Run"/>; every program starts with
    /// the full head room, which a chain on one frame would not have. Where the chain asks for it, a program finds the verdict before it in
    /// a word at data_meta, which is taken away again unless the program changed the metadata's length.
    /// </summary>
    public ChainRun Run(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> metadata = default, uint ingress = 0, uint queue = 0, int cpu = 0)
    {
        List<ChainStep> steps = [];
        byte[] packet = frame.ToArray(), meta = metadata.ToArray();
        int linear = packet.Length;
        var action = XdpAction.Aborted;
        for (int at = _spec.Entry; ;)
        {
            var member = _spec.Members[at];
            bool pushed = _spec.PreviousVerdict && steps.Count > 0;
            if (pushed && meta.Length + VerdictBytes > MaxMetadata) return new(XdpAction.Aborted, packet, meta, steps);
            if (pushed) meta = [.. BitConverter.GetBytes((uint)action), .. meta];
            int before = meta.Length;

            (uint code, packet, meta, linear) = _programs[(member.Source, member.Program.Name)].Run(packet, meta, ingress, queue, cpu, linear);
            steps.Add(new(at, code));
            if (pushed && meta.Length == before) meta = meta[VerdictBytes..];

            action = code <= (uint)XdpAction.Redirect ? (XdpAction)code : XdpAction.Aborted;
            if (Next(at, action) is not { } next) return new(AtEnd(at, action), packet, meta, steps);
            if (steps.Count == MaxPrograms) return new(XdpAction.Aborted, packet, meta, steps);
            at = next;
        }
    }

    /// <summary>Frees every program and map; harmless when repeated.</summary>
    public void Dispose()
    {
        foreach (var program in _programs.Values) program.Dispose();
        foreach (var map in _maps.Values) map.Dispose();
    }

    int? Next(int from, XdpAction action) =>
        _edges.TryGetValue((from, action), out int to) ? to
        : action != XdpAction.Aborted && _edges.TryGetValue((from, null), out to) ? to
        : null;

    /// <summary>libxdp's rule, where the member is under it.</summary>
    XdpAction AtEnd(int at, XdpAction action) =>
        (_spec.Members[at].PassAtEnd >> (int)action & 1) != 0 ? XdpAction.Pass : action;

    KernelMap Create(MapSpec spec)
    {
        if (!spec.PinnedByName) return new(spec);
        if (!_pinned.TryGetValue(spec.Name, out var map)) _pinned.Add(spec.Name, map = new(spec));
        return map;
    }

    KernelProgram Load(ObjectSpec source, ProgramSpec program)
    {
        if (!_programs.TryGetValue((source, program.Name), out var loaded))
            _programs.Add((source, program.Name), loaded = new(program, name => _maps[(source, name)], source.License));
        return loaded;
    }

    void SetEntries()
    {
        foreach (var source in _spec.Members.Select(m => m.Source).Distinct(ReferenceEqualityComparer.Instance).Cast<ObjectSpec>())
        {
            foreach (var slot in source.MapSlots)
                Set(new(null, slot.Map, Convert.ToHexStringLower(BitConverter.GetBytes(slot.Index)), slot.Target, "initialiser"), source, _maps[(source, slot.Map)]);
        }
        foreach (var programs in _spec.Members.GroupBy(m => m.Source, m => m.Program))
        {
            foreach (var slot in programs.Key.TailCallsOf(programs)) Fill(programs.Key, slot);
        }
        foreach (var entry in _spec.MapEntries)
        {
            var (source, map) = Find(entry);
            Set(entry, source, map);
        }
    }

    void Fill(ObjectSpec source, TailCallSpec slot)
    {
        var errno = _maps[(source, slot.Map)].Update(BitConverter.GetBytes(slot.Index), Load(source, source.Program(slot.Program).Value));
        if (errno != Errno.None) throw new BpfException($"{slot.Where}: map {slot.Map} takes no such entry", errno);
    }

    void Set(MapEntrySpec entry, ObjectSpec source, KernelMap map)
    {
        var key = Convert.FromHexString(entry.Key);
        var errno = map.Spec.Type == MapType.ProgramArray ? map.Update(key, Load(source, source.Program(entry.Value).Value))
            : map.Spec.Inner is not null ? map.Update(key, _maps[(source, entry.Value)])
            : map.Update(key, Convert.FromHexString(entry.Value));
        if (errno != Errno.None) throw new BpfException($"{entry.Where}: map {entry.Map} takes no such entry", errno);
    }

    (ObjectSpec Source, KernelMap Map) Find(MapEntrySpec entry)
    {
        if (entry.Member is { } alias) return (Member(alias).Source, Map(alias, entry.Map));

        var found = _maps.Where(m => m.Key.Item2 == entry.Map).ToList();
        if (found.Select(m => m.Value).Distinct().Count() != 1)
            throw new ArgumentException($"{entry.Where}: {found.Count} maps are called {entry.Map}");
        return (found[0].Key.Item1, found[0].Value);
    }

    ChainMember Member(string alias) => _spec.Members.First(m => m.Alias == alias);

    /// <summary>Objects by instance: two loads of one file are two objects.</summary>
    sealed class ByObject : IEqualityComparer<(ObjectSpec, string)>
    {
        public static readonly ByObject Instance = new();

        public bool Equals((ObjectSpec, string) x, (ObjectSpec, string) y) => ReferenceEquals(x.Item1, y.Item1) && x.Item2 == y.Item2;

        public int GetHashCode((ObjectSpec, string) key) =>
            HashCode.Combine(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(key.Item1), key.Item2);
    }
}

/// <summary>One program's run: which member, and the code it returned.</summary>
public readonly record struct ChainStep(int Member, uint Code);

/// <summary>What a chain made of one frame.</summary>
public sealed record ChainRun(XdpAction Verdict, byte[] Frame, byte[] Metadata, IReadOnlyList<ChainStep> Steps);
