using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Host.Driver.Emulated;
using Chainring.Host.Driver.Peers;

namespace Chainring.Host.Driver.Control;

/// <summary>The result of a command that changes the chain.</summary>
public sealed record ChangedView(ulong Revision);

/// <summary>The card: its ports, which all run the one chain.</summary>
public sealed record StatusView(string Backend, IReadOnlyList<PortView> Ports, ChainView Chain);

public sealed record PortView(string Name, uint Ifindex, long Received);

/// <param name="Entry">The stage that every frame enters; null when nothing is loaded.</param>
/// <param name="Edges">With how often each was taken.</param>
public sealed record ChainView(string Name, ulong Revision, string? Entry, IReadOnlyList<StageView> Stages, IReadOnlyList<RunReport.EdgeCounts> Edges)
{
    public static ChainView Of(InstalledChain chain, ulong revision, RunReport report) => new(
        chain.Spec.Name, revision, chain.Spec.Members.Count == 0 ? null : chain.Spec.Members[chain.Spec.Entry].Alias,
        [.. chain.Spec.Members.Select((m, n) => StageView.Of(m, chain.Members[n], report.Programs[n], chain.Spec.Members.Count))], report.Edges);
}

/// <param name="Position">Its place in the chain by shortest path from the entry, from 0; null if no frame can reach it.</param>
/// <param name="Priority">libxdp's, with <paramref name="Actions"/>; null in a chain of edges.</param>
/// <param name="PassAtEnd">Codes that become PASS when the chain ends with it; null if none does.</param>
public sealed record StageView(
    string Name, string Program, string Object, uint Id, string Tag, int? Position, long? Priority, IReadOnlyList<string>? Actions, IReadOnlyList<string>? PassAtEnd, long Runs)
{
    internal static StageView Of(ChainMember member, LoadedProgram program, RunReport.ProgramCounts counts, int stages) => new(
        member.Alias, program.Name, member.Source.Name, program.Id, ProgramView.TagOf(program), counts.Position, member.Order?.Priority,
        member.Order is { } order ? [.. ActionWords.Of(order.Actions).Select(Names.Of)] : null,
        member.PassAtEnd != 0 && stages > 1 ? [.. ActionWords.Of(member.PassAtEnd).Select(Names.Of)] : null, counts.Runs);
}

/// <param name="Stage">The first stage whose object declares it.</param>
/// <param name="Memory">Bytes.</param>
public sealed record MapView(uint Id, string Stage, string Name, string Type, uint Flags, int KeySize, int ValueSize, int MaxEntries, long Memory, bool Frozen, PortView On)
{
    internal static MapView Of(InstalledMap installed, PortView on)
    {
        var (map, spec) = (installed.Map, installed.Map.Spec);
        return new(map.Id, installed.Member, spec.Name, spec.TypeName, (uint)spec.Flags, spec.KeySize, spec.ValueSize, spec.MaxEntries, map.MemoryBytes, map.IsFrozen, on);
    }
}

/// <summary>A map's contents.</summary>
public sealed record MapDumpView(MapView Map, IReadOnlyList<MapElementView> Elements);

/// <summary>Hex digits. Of a per-CPU map a value for each CPU, of others one; of a map that is looked into, no value if the key is not there.</summary>
/// <param name="Key">Null where entries have no keys.</param>
public sealed record MapElementView(string? Key, IReadOnlyList<string> Values)
{
    internal static MapElementView Of(Map map, MapEntry entry) =>
        new(map is PushPopMap ? null : Convert.ToHexStringLower(entry.Key), [.. entry.Values.Select(v => Convert.ToHexStringLower(v))]);
}

/// <summary>What looking a key up gives.</summary>
public sealed record MapLookupView(MapView Map, MapElementView Element);

/// <param name="Stages">Under which aliases it is in the chain; none if it is only called by tail calls.</param>
/// <param name="BytesXlated">Of its code.</param>
public sealed record ProgramView(uint Id, string Name, string Tag, bool GplCompatible, int BytesXlated, IReadOnlyList<uint> Maps, IReadOnlyList<string> Stages, PortView On)
{
    internal static ProgramView Of(LoadedProgram program, InstalledChain chain, PortView on) => new(
        program.Id, program.Name, TagOf(program), Licenses.AreCompatible(program.Spec.License ?? ""), program.Code.Length * Encoding.SlotBytes,
        [.. program.Maps.Select(m => m.Id)], [.. chain.Spec.Members.Where((_, n) => chain.Members[n] == program).Select(m => m.Alias)], on);

    /// <summary>As Linux 6.12 has it.</summary>
    internal static string TagOf(LoadedProgram program) =>
        Convert.ToHexStringLower(BitConverter.GetBytes(ProgramTag.Of(Encoding.Encode(LinuxProgram.WithMaps(program.Spec, _ => 0)), KernelFlavour.Linux612)));
}

/// <summary>A program's code.</summary>
public sealed record CodeView(ProgramView Program, IReadOnlyList<CodeLineView> Lines);

/// <param name="Source">The source line that begins there; null if none does.</param>
public sealed record CodeLineView(int Slot, string Text, string? Source)
{
    /// <summary>As bpftool dumps what the kernel has made of a program; ours has changed nothing but to put in which maps are meant.</summary>
    internal static IEnumerable<CodeLineView> Of(LoadedProgram program)
    {
        var sources = program.Spec.Lines.GroupBy(l => l.Slot).ToDictionary(g => g.Key, g => g.Last().Text.Trim());
        var maps = program.Spec.MapReferences.ToDictionary(r => r.Slot);
        for (int slot = 0; slot < program.Code.Length; slot++)
        {
            var i = program.Code[slot];
            if (i.Kind == InstructionKind.Continuation) continue;
            byte opcode = Encoding.Encode([i, .. program.Code.AsSpan(slot + 1, i.Slots - 1)])[0];
            string text = maps.TryGetValue(slot, out var map)
                ? $"r{i.Dst} = map[id:{program.MapAt(slot)!.Id}]{(map.IsValue ? $"[0]+{map.Offset}" : "")}"
                : i.IsHelperCall ? $"call {HelperNames.Of(i.Immediate)}#{i.Immediate}" : Notation.Kernel.Write(i);
            yield return new(slot, $"({opcode:x2}) {text}", sources.GetValueOrDefault(slot));
        }
    }
}
