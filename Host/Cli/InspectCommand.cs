using System.CommandLine;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.Helpers;
using Chainring.Kernels.Maps;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Host.Cli;

/// <summary><c>chainring inspect</c>: what is in an object file, and what of it the card does not have.</summary>
static class InspectCommand
{
    static readonly Argument<string> ObjectArgument = new("OBJ") { Description = "ELF object with BPF programs" };
    static readonly Option<bool> JsonOption = new("--json") { Description = "as JSON" };

    static readonly LoaderOptions Loader = new();

    sealed record ObjectView(
        string Object, string License, IReadOnlyList<ProgramView> Programs, IReadOnlyList<MapView> Maps, IReadOnlyList<TailCallView> TailCalls);

    /// <summary>A slot of a prog array that the object fills itself.</summary>
    sealed record TailCallView(string Map, uint Index, string Program);

    /// <param name="Type"><c>xdp</c>, or the section prefix of another program type.</param>
    /// <param name="Missing">Helpers it calls that the card does not have, and what it can do without: weak kfuncs, types and fields of CO-RE.</param>
    /// <param name="Problem">Why it cannot be loaded although others of the object can.</param>
    sealed record ProgramView(
        string Name, string Section, string Type, int Instructions, IReadOnlyList<string> Subprograms, IReadOnlyList<string> Maps,
        IReadOnlyList<string> Helpers, IReadOnlyList<string> Kfuncs, IReadOnlyList<string> Missing, RunConfigView? RunConfig, string? Problem);

    /// <summary>libxdp's priority and chain-call actions.</summary>
    sealed record RunConfigView(long Priority, IReadOnlyList<string> Actions);

    /// <param name="Supported">The card has maps of this type.</param>
    sealed record MapView(
        string Name, string Type, int KeySize, int ValueSize, int MaxEntries, uint Flags, bool PinnedByName, bool Supported);

    public static Command Create()
    {
        var command = new Command("inspect", "Print what is in an object file: programs, maps, what they use") { ObjectArgument, JsonOption };
        foreach (var option in Loader.All) command.Options.Add(option);
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult line)
    {
        if (!Loader.Read(line).Try(out var options, out var problem)) return ExitCode.Of(problem);
        if (!ObjectLoader.LoadFile(line.GetValue(ObjectArgument)!, options).Try(out var source, out problem)) return ExitCode.Of(problem);
        var view = new ObjectView(
            source.Name, source.License, [.. source.Programs.Select(View)], [.. source.Maps.Select(View)],
            [.. source.TailCalls.Select(t => new TailCallView(t.Map, t.Index, t.Program))]);
        if (line.GetValue(JsonOption)) Console.Out.Write(JsonText.Of(view));
        else Write(Console.Out, Terminal.Width, view);
        return ExitCode.Done;
    }

    static ProgramView View(ProgramSpec program)
    {
        long[] calls = [.. program.Code.Where(i => i.IsHelperCall && i.Immediate != HelperTable.UnresolvedType).Select(i => i.Immediate).Distinct().Order()];
        return new(
            program.Name, program.Section, program.OtherType ?? "xdp", program.InstructionCount,
            [.. program.Functions.Skip(1).Select(f => f.Name)],
            [.. program.MapReferences.Select(r => r.Map).Distinct()],
            [.. calls.Select(HelperNames.Of)],
            [.. Externs(program, missing: false)],
            [.. calls.Where(id => !HelperBodies.Has(id)).Select(HelperNames.Of), .. Externs(program, missing: true).Select(name => $"{name} (weak)"),
                .. program.MissingTypes.Select(m => $"{m.What} (not in the target types)").Distinct()],
            program.RunConfig is { } config ? new(config.Priority, [.. ActionsOf(config)]) : null,
            program.Problem?.Sentence);
    }

    static IEnumerable<string> Externs(ProgramSpec program, bool missing) =>
        program.ExternReferences.Where(r => r.IsMissing == missing).Select(r => r.Name).Distinct();

    static IEnumerable<string> ActionsOf(LibxdpConfig config) =>
        Enum.GetValues<XdpAction>().Where(a => (config.Actions >> (int)a & 1) != 0).Select(Names.Of);

    static MapView View(MapSpec map) => new(
        map.Name, map.TypeName, map.KeySize, map.ValueSize, map.MaxEntries, (uint)map.Flags, map.PinnedByName, MapKinds.Types.Contains(map.Type));

    static void Write(TextWriter output, int width, ObjectView view)
    {
        output.WriteLine(
            $"{Terminal.Bold(view.Object)}, license {(view.License.Length == 0 ? "none" : view.License)}: "
            + $"{Summary.Count(view.Programs.Count, "program")}, {Summary.Count(view.Maps.Count, "map")}");
        foreach (var program in view.Programs) Write(output, width, program);
        if (view.Maps.Count == 0) return;

        output.WriteLine();
        var maps = new TextTable("map", "type", ">key", ">value", ">max_entries", ">flags", "");
        foreach (var m in view.Maps)
        {
            string note = string.Join("; ", new[] { m.PinnedByName ? "pinned by name" : "", m.Supported ? "" : "not on the card" }.Where(n => n.Length > 0));
            maps.Add(m.Name, m.Type, $"{m.KeySize}B", $"{m.ValueSize}B", $"{m.MaxEntries}", $"0x{m.Flags:x}", note);
        }
        maps.Write(output, width);
        if (view.TailCalls.Count == 0) return;

        output.WriteLine();
        Wrapping.Write(output, "tail calls  ", string.Join(", ", view.TailCalls.Select(t => $"{t.Map}[{t.Index}] {t.Program}")), width);
    }

    static void Write(TextWriter output, int width, ProgramView program)
    {
        output.WriteLine();
        string size = program.Type != "xdp" ? "not for XDP" : program.Problem is not null ? "cannot be loaded" : Summary.Count(program.Instructions, "instruction");
        output.WriteLine($"{Terminal.Bold(program.Name)}: {program.Type}, section {program.Section}, {size}");
        Line("subprograms", program.Subprograms);
        Line("maps", program.Maps);
        Line("helpers", program.Helpers.Except(program.Missing));
        Line("kfuncs", program.Kfuncs);
        Line("not on the card", program.Missing);
        if (program.RunConfig is { } config) Line("libxdp", [$"priority {config.Priority}", $"actions {string.Join(' ', config.Actions)}"]);
        if (program.Problem is { } problem) Line("problem", [problem]);

        void Line(string what, IEnumerable<string> names)
        {
            if (names.Any()) Wrapping.Write(output, $"  {what,-15}  ", string.Join(", ", names), width);
        }
    }
}
