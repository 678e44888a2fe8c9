using System.CommandLine;
using Chainring.Kernels.Helpers;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Spectre.Console;

namespace Chainring.Host.Cli;

/// <summary><c>chainring inspect</c>: what is in an object file.</summary>
static class InspectCommand
{
    static readonly Argument<string> ObjectArgument = new("OBJ") { Description = "ELF object with BPF programs" };
    static readonly Option<bool> JsonOption = new("--json") { Description = "as JSON" };

    sealed record ObjectView(string Object, string License, IReadOnlyList<ProgramView> Programs, IReadOnlyList<MapView> Maps);

    /// <param name="Type"><c>xdp</c>, or the section prefix of another program type.</param>
    /// <param name="Missing">Helpers it calls that the card does not have.</param>
    sealed record ProgramView(
        string Name, string Section, string Type, int Instructions, IReadOnlyList<string> Subprograms, IReadOnlyList<string> Maps,
        IReadOnlyList<string> Helpers, IReadOnlyList<string> Missing);

    sealed record MapView(
        string Name, string Type, int KeySize, int ValueSize, int MaxEntries, uint Flags, bool PinnedByName);

    public static Command Create()
    {
        var command = new Command("inspect", "Print what is in an object file: programs, maps, what they use") { ObjectArgument, JsonOption };
        command.SetAction(line => Invoke(line.GetValue(ObjectArgument)!, line.GetValue(JsonOption)));
        return command;
    }

    static int Invoke(string path, bool json)
    {
        if (!ObjectLoader.LoadFile(path).Try(out var source, out var problem)) return ExitCode.Of(problem);
        var view = new ObjectView(source.Name, source.License, [.. source.Programs.Select(View)], [.. source.Maps.Select(View)]);
        if (json) Console.Out.Write(JsonText.Of(view));
        else Write(Terminal.Out, view);
        return ExitCode.Done;
    }

    static ProgramView View(ProgramSpec program)
    {
        long[] calls = [.. program.Code.Where(i => i.IsHelperCall).Select(i => i.Immediate).Distinct().Order()];
        return new(
            program.Name, program.Section, program.OtherType ?? "xdp", program.InstructionCount,
            [.. program.Functions.Skip(1).Select(f => f.Name)],
            [.. program.MapReferences.Select(r => r.Map).Distinct()],
            [.. calls.Select(HelperNames.Of)],
            [.. calls.Where(id => !HelperBodies.Has(id)).Select(HelperNames.Of)]);
    }

    static MapView View(MapSpec map) =>
        new(map.Name, map.TypeName, map.KeySize, map.ValueSize, map.MaxEntries, (uint)map.Flags, map.PinnedByName);

    static void Write(IAnsiConsole console, ObjectView view)
    {
        console.MarkupLineInterpolated($"[bold]{view.Object}[/], license {(view.License.Length == 0 ? "none" : view.License)}");
        console.WriteLine();
        var programs = Summary.Plain("program", "section", "type", "instructions", "subprograms", "maps", "helpers");
        foreach (var p in view.Programs)
        {
            string helpers = string.Join(", ", p.Helpers.Select(h => p.Missing.Contains(h) ? $"{h} (missing)" : h));
            programs.AddRow(Cells(p.Name, p.Section, p.Type, $"{p.Instructions}", string.Join(", ", p.Subprograms), string.Join(", ", p.Maps), helpers));
        }
        console.Write(programs);
        if (view.Maps.Count == 0) return;

        var maps = Summary.Plain("map", "type", "key", "value", "max_entries", "flags", "pinning");
        foreach (var m in view.Maps)
            maps.AddRow(Cells(m.Name, m.Type, $"{m.KeySize}B", $"{m.ValueSize}B", $"{m.MaxEntries}", $"0x{m.Flags:x}", m.PinnedByName ? "by name" : ""));
        console.Write(maps);
    }

    static Text[] Cells(params string[] cells) => [.. cells.Select(c => new Text(c))];
}
