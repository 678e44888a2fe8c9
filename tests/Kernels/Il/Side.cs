using System.Globalization;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;

namespace Chainring.Tests.Kernels.Il;

/// <summary>A chain that is run in one way on maps of its own, and the batch that it has run last.</summary>
sealed class Side
{
    readonly IReadOnlyList<Map> _maps;
    readonly EventLog _events;
    readonly PacketBatch _batch;

    Side(Way way, IKernel kernel, IEnumerable<Map> maps, EventLog events, int longestFrame)
    {
        (Way, Kernel, _maps, _events) = (way, kernel, [.. maps], events);
        _batch = new PacketBatch(Capacity, longestFrame) { Paths = way.NotesPaths ? new FramePaths(Capacity) : null };
    }

    public const int Capacity = 32;

    public Way Way { get; }

    public IKernel Kernel { get; }

    public static Side Of(KernelRig rig, Way way, int longestFrame) => new(way, rig.Kernel, rig.Maps, rig.Events, longestFrame);

    /// <summary>Of the chain that is installed on a card, compiled anew for that CPU.</summary>
    public static Side Of(TestCard card, Way way, int cpu, int longestFrame)
    {
        var environment = new KernelEnvironment(card.Card.Maps, cpu, Seed: 7, CardClock.Capture) { Network = card.Card.Network };
        environment.Events.Open();
        return new(way, way.Compile(card.Card.Kernel()!.Chain, environment), card.Card.Maps.All, environment.Events, longestFrame);
    }

    /// <summary>Runs frames as one batch; the first is the frame of that number on the card.</summary>
    public void Run(ReadOnlySpan<Arrival> frames, long first)
    {
        _events.Clear();
        _batch.Clear();
        for (int n = 0; n < frames.Length; n++) frames[n].AddTo(_batch, first + n);
        Kernel.Run(_batch);
    }

    /// <summary>Of the last batch.</summary>
    public ReadOnlySpan<Verdict> Verdicts => _batch.Verdicts;

    /// <summary>A frame of the last batch was aborted for that reason.</summary>
    public bool Has(AbortReason reason) => _batch.Verdicts.Contains(new(XdpAction.Aborted, reason));

    /// <summary>What is not as on the other side, which has run the same frames; null if everything is.</summary>
    public string? DifferenceFrom(Side other) => Frames(other) ?? Counters(other) ?? Events(other) ?? Maps(other);

    string? Frames(Side other)
    {
        for (int n = 0; n < _batch.Count; n++)
        {
            string frame = string.Create(CultureInfo.InvariantCulture, $"frame {_batch.Frame(n).Index}");
            if (Differ($"{frame}: verdict", _batch.Verdicts[n], other._batch.Verdicts[n]) is { } verdict) return verdict;
            if (Differ($"{frame}: place and context", Shown(_batch.Frame(n)), Shown(other._batch.Frame(n))) is { } place) return place;
            if (DifferInBytes($"{frame}: bytes", Visible(_batch, n), Visible(other._batch, n)) is { } bytes) return bytes;
            if (_batch.Paths is { } path && other._batch.Paths is { } otherPath && !path.Of(n).SequenceEqual(otherPath.Of(n)))
                return $"{frame}: programs {string.Join(", ", path.Of(n).ToArray())} in {Way}, {string.Join(", ", otherPath.Of(n).ToArray())} in {other.Way}";
        }
        return null;
    }

    static (int Meta, int Data, int End, int Fragments, uint Ifindex, uint Queue, RedirectTarget Redirect) Shown(in Frame frame) =>
        (frame.Meta, frame.Data, frame.End, frame.FragmentBytes, frame.IngressIfindex, frame.RxQueue, frame.Redirect);

    static ReadOnlySpan<byte> Visible(PacketBatch batch, int n) => batch.Buffer(n)[batch.Frame(n).Meta..batch.Frame(n).LastEnd];

    string? Counters(Side other)
    {
        var (ours, theirs) = (Kernel.Counters, other.Kernel.Counters);
        for (int stage = 0; stage < Kernel.Chain.Stages.Count; stage++)
        {
            if (Differ($"runs of stage {stage}", ours.Runs(stage), theirs.Runs(stage)) is { } runs) return runs;
            if (Differ($"unknown codes of stage {stage}", ours.UnknownCodes(stage), theirs.UnknownCodes(stage)) is { } codes) return codes;
            foreach (var action in Enum.GetValues<XdpAction>())
            {
                if (Differ($"{action} of stage {stage}", ours.Returns(stage, action), theirs.Returns(stage, action)) is { } returns) return returns;
            }
            for (int slot = 0; slot < ChainStage.Slots; slot++)
            {
                if (Differ($"edge {slot} of stage {stage}", ours.Edge(stage, slot), theirs.Edge(stage, slot)) is { } edge) return edge;
            }
        }
        return null;
    }

    string? Events(Side other)
    {
        var ours = _events.GetEnumerator();
        var theirs = other._events.GetEnumerator();
        while (true)
        {
            bool more = ours.MoveNext();
            if (Differ("one more event", more, theirs.MoveNext()) is { } count) return count;
            if (!more) return Differ("lost events", _events.Lost, other._events.Lost);
            var a = ours.Current;
            var b = theirs.Current;
            if (Differ("event", (a.Kind, a.Frame, a.TimestampNs, a.Cpu, a.Program, a.Map, a.PacketBytes), (b.Kind, b.Frame, b.TimestampNs, b.Cpu, b.Program, b.Map, b.PacketBytes)) is { } head) return head;
            if (DifferInBytes($"bytes of an event of frame {a.Frame}", a.Data, b.Data) is { } data) return data;
        }
    }

    string? Maps(Side other)
    {
        for (int n = 0; n < _maps.Count; n++)
        {
            var (ours, theirs) = (_maps[n], other._maps[n]);
            string name = $"map {ours.Spec.Name}";
            bool keepsSlots = (Way.KeepsSlots && other.Way.KeepsSlots) || ours is not HashMap;
            if (keepsSlots && DifferInBytes($"{name}, storage", ours.Storage, theirs.Storage) is { } storage) return storage;
            if (ours is IMapOfMaps) continue;
            var (held, heldThere) = (ours.Entries(), theirs.Entries());
            if (Differ($"{name}, entries", held.Count, heldThere.Count) is { } count) return count;
            for (int entry = 0; entry < held.Count; entry++)
            {
                if (DifferInBytes($"{name}, key {entry}", held[entry].Key, heldThere[entry].Key) is { } key) return key;
                for (int cpu = 0; !keepsSlots && cpu < held[entry].Values.Length; cpu++)
                {
                    if (DifferInBytes($"{name}, value {entry} of CPU {cpu}", held[entry].Values[cpu], heldThere[entry].Values[cpu]) is { } value) return value;
                }
            }
        }
        return null;
    }

    string? Differ<T>(string what, T here, T there) => EqualityComparer<T>.Default.Equals(here, there) ? null : $"{what}: {here} {Way}, {there} {OtherName}";

    string? DifferInBytes(string what, ReadOnlySpan<byte> here, ReadOnlySpan<byte> there)
    {
        int at = here.CommonPrefixLength(there);
        if (at == here.Length && at == there.Length) return null;
        return $"{what}: from byte {at} of {here.Length} {Hex(here, at)} {Way}, of {there.Length} {Hex(there, at)} {OtherName}";
    }

    static string Hex(ReadOnlySpan<byte> bytes, int at) => Convert.ToHexStringLower(bytes.Slice(at, Math.Min(bytes.Length - at, 16)));

    const string OtherName = "on the other side";
}
