using Chainring.Host.Driver.Peers;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using KernelErrno = Chainring.Host.Driver.Peers.Errno;

namespace Chainring.Tests.Kernels.Maps;

/// <summary>
/// One program, run once over one frame in the kernel and on every backend: verdict, the frame, the words it left in the map <c>results</c>, the contents
/// of its other maps and what it put out must be equal.
/// </summary>
static class BothSides
{
    public static readonly byte[] Frame = [.. Enumerable.Range(0, 64).Select(n => (byte)n)];

    /// <inheritdoc cref="Helpers.Agreement.Results"/>
    public static MapSpec Results(int words) => Helpers.Agreement.Results(words);

    /// <summary>Puts r0 into a word of the results.</summary>
    public static string Keep(int word) => $"r1 = value(results) + {8 * word}\n*(u64 *)(r1 + 0) = r0";

    /// <param name="text">Ends by itself.</param>
    /// <param name="inner">What is in maps of maps: outer map, key, and the name of the inner one.</param>
    /// <param name="frame"><see cref="Frame"/>, if not given.</param>
    /// <returns>The words of the results.</returns>
    public static long[] Compare(
        string text, IReadOnlyList<MapSpec> maps, IReadOnlyList<(string Outer, byte[] Key, string Inner)>? inner = null, byte[]? frame = null, string section = "xdp")
    {
        var program = ProgramText.Program("both", text, section);
        frame ??= Frame;
        using var pin = new CpuPin(0);
        using var theirs = new KernelMaps(maps);
        foreach (var map in theirs.All.Where(m => m.Spec.Type == MapType.PerfEventArray)) map.Listen(CpuPin.Possible);
        foreach (var (outer, key, name) in inner ?? []) Same("inner map", KernelErrno.None, theirs[outer].Update(key, theirs[name]));
        using var loaded = new KernelProgram(program, name => theirs[name]);
        var run = loaded.Run(frame);
        byte[] answers = theirs["results"].Lookup(new byte[4])![0];
        var contents = theirs.All.ToDictionary(m => m.Spec.Name, m => m.Spec.Inner is null ? m.Entries().Select(e => e.ToString()).ToArray() : []);
        var drained = theirs.All.Where(m => m.Spec.Type is MapType.PerfEventArray or MapType.RingBuffer).ToDictionary(m => m.Spec.Name, m => m.Drain());
        foreach (var target in Targets.All) CompareCard(target, program, frame, maps, inner ?? [], run, answers, contents, drained);
        return [.. answers.Chunk(8).Select(word => BitConverter.ToInt64(word))];
    }

    static void CompareCard(
        IKernelTarget target, ProgramSpec program, byte[] frame, IReadOnlyList<MapSpec> maps, IReadOnlyList<(string Outer, byte[] Key, string Inner)> inner,
        KernelRun run, byte[] answers, Dictionary<string, string[]> contents, Dictionary<string, List<byte[]>> drained)
    {
        var rig = new KernelRig(target, [program], maps, cpus: CpuPin.Possible);
        foreach (var (outer, key, name) in inner) ((IMapOfMaps)rig.Map(outer)).Set(key, rig.Map(name), UpdateFlags.Any);
        var batch = new PacketBatch(1, frame.Length);
        batch.Add(frame);
        rig.Kernel.Run(batch);
        if (batch.Verdicts[0].Reason is not (AbortReason.None or AbortReason.Returned)) throw new InvalidOperationException($"{target.Name}: {batch.Verdicts[0]}");
        Same("verdict", (uint)batch.Verdicts[0].Action, run.Code);
        Same("frame", Convert.ToHexString(batch.Bytes(0)), Convert.ToHexString(run.Frame));

        byte[] ours = rig.Map("results").Entries()[0].Values[0];
        for (int n = 0; n < ours.Length / 8; n++) Same($"result {n}", BitConverter.ToInt64(ours, 8 * n), BitConverter.ToInt64(answers, 8 * n));
        foreach (var held in rig.Maps.Where(m => m is not IMapOfMaps))
        {
            var entries = held.Entries().Select(e => new KernelMapEntry(e.Key, e.Values).ToString());
            Same($"map {held.Spec.Name}", string.Join("; ", entries), string.Join("; ", contents[held.Spec.Name]));
        }
        foreach (var (name, events) in drained)
        {
            var mine = new List<byte[]>();
            var map = rig.Map(name);
            foreach (var e in rig.Events)
            {
                if (e.Map == map.Id) mine.Add(e.Data.ToArray());
            }
            var theirs = map is PerfEventArrayMap && mine.Count == events.Count ? Unfilled(mine, events) : events;
            Same($"events of {name}", Show(mine), Show(theirs));
        }
    }

    /// <summary>Without what the kernel fills perf events up with: to 4 bytes more than a multiple of 8.</summary>
    static List<byte[]> Unfilled(List<byte[]> mine, List<byte[]> theirs) =>
        [.. mine.Zip(theirs, (ours, filled) => filled.Length == (ours.Length + sizeof(uint) + 7) / 8 * 8 - sizeof(uint) ? filled[..ours.Length] : filled)];

    static string Show(List<byte[]> events) => string.Join("; ", events.Select(Convert.ToHexString));

    static void Same<T>(string what, T ours, T theirs)
    {
        if (!EqualityComparer<T>.Default.Equals(ours, theirs)) throw new InvalidOperationException($"{what}: card {ours}, kernel {theirs}");
    }
}
