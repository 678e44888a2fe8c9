using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Peers;

/// <summary>A program of a chain on one frame: the program, the frame as it comes to it, and the code that it returned.</summary>
public sealed record LinuxStep(int Program, byte[] Frame, uint Code);

/// <summary>
/// The programs of a chain in the kernel, with their maps filled. The kernel has no chains: what it can say is what each program takes that a frame comes to, with
/// nothing between them. What it refuses is a <see cref="BpfException"/>.
/// </summary>
public sealed class LinuxChain : IDisposable
{
    /// <summary>More programs than a card lets a frame run through.</summary>
    const int MostSteps = 64;

    /// <summary>A page behind a frame, the headroom before it.</summary>
    const int GrowthBytes = 4096 + 256;

    readonly ChainSpec _spec;
    readonly Dictionary<ObjectSpec, LinuxMaps> _maps = new(ReferenceEqualityComparer.Instance);
    readonly List<LinuxProgram> _programs = [];

    public LinuxChain(ChainSpec spec)
    {
        _spec = spec;
        try
        {
            foreach (var member in spec.Members)
            {
                if (!_maps.TryGetValue(member.Source, out var maps)) _maps.Add(member.Source, maps = new(member.Source));
                _programs.Add(new(maps, member.Program));
            }
            foreach (var entry in spec.MapEntries) Set(entry);
        }
        catch (BpfException)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What of a chain cannot be asked of the kernel, half a sentence; null if it can be tried.</summary>
    public static string? Missing(ChainSpec spec)
    {
        if (spec.PreviousVerdict) return "the verdict before has no place there";
        var maps = spec.Members.SelectMany(m => m.Source.Maps).ToList();
        if (maps.Find(m => m.Type is MapType.ProgramArray or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.XskMap) is { } other) return $"map {other.Name} holds programs, maps or sockets";
        return spec.Members.DistinctBy(m => m.Source, ReferenceEqualityComparer.Instance).Count() > 1 && maps.Exists(m => m.PinnedByName) ? "its objects share maps" : null;
    }

    /// <summary>The programs that a frame runs through, and what it is when it comes to each of them.</summary>
    public IReadOnlyList<LinuxStep> Way(byte[] frame)
    {
        var steps = new List<LinuxStep>();
        for (int? at = _spec.Entry; at is { } member && steps.Count < MostSteps;)
        {
            byte[] result = new byte[frame.Length + GrowthBytes];
            var context = new XdpContext { DataEnd = (uint)frame.Length };
            var program = _programs[member];
            if (Bpf.TestRun(program.Fd, frame, result, ref context, repeat: 1, out uint code, out int length, out _) is var errno and not Errno.None)
                throw new BpfException($"program {_spec.Members[member].Alias} cannot run on {frame.Length} bytes", errno);
            if (context.Data != 0) throw new BpfException($"program {_spec.Members[member].Alias} leaves metadata, which a repeated run has no place for", Errno.EOPNOTSUPP);
            steps.Add(new(program.Fd.Number, frame, code));
            frame = result[..length];
            at = Next(member, code <= (uint)XdpAction.Redirect ? (XdpAction)code : XdpAction.Aborted);
        }
        return steps;
    }

    public void Dispose()
    {
        foreach (var program in _programs) program.Dispose();
        foreach (var maps in _maps.Values) maps.Dispose();
    }

    int? Next(int from, XdpAction on)
    {
        foreach (var edge in _spec.Edges)
        {
            if (edge.From == from && edge.On == on) return edge.To;
        }
        foreach (var edge in _spec.Edges)
        {
            if (edge.From == from && edge.On is null && on != XdpAction.Aborted) return edge.To;
        }
        return null;
    }

    void Set(MapEntrySpec entry)
    {
        var (maps, map) = _spec.Members.Where(m => entry.Member is null || m.Alias == entry.Member).Select(m => (_maps[m.Source], MapEntries.Find(m.Source, entry.Map))).First(m => m.Item2 is not null);
        maps.Update(map!.Name, Bytes(entry.Key), Bytes(entry.Value));

        static byte[] Bytes(string text) => Convert.FromHexString(text.StartsWith("0x", StringComparison.Ordinal) ? text[2..] : text);
    }
}
