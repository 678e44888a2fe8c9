using System.CommandLine;
using System.Diagnostics;
using Chainring.Host.Driver;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Host.Cli;

/// <summary>
/// <c>chainring verify</c>: whether programs are safe by Linux' rules, and if not, which instruction needs what; and whether a card would take them,
/// with every rule that they break.
/// </summary>
static class VerifyCommand
{
    static readonly Argument<string> ProgramArgument = new("OBJ[:PROGRAM]") { Description = "an object, or one program of it" };
    static readonly Option<string?> DeviceRules = DeviceOption.Create<string?>(null);
    static readonly Option<bool> StrictOption = new("--strict") { Description = "rules of Linux without CAP_PERFMON: no reading of unwritten stack, no pointer shown as a number" };
    static readonly Option<bool> VerboseOption = new("-v", "--verbose") { Description = "of a rejection, the path that leads there and what is known at its end" };
    static readonly Option<bool> JsonOption = new("--json") { Description = "as JSON" };

    static readonly LoaderOptions Loader = new();

    public static Command Create()
    {
        var command = new Command("verify", "Prove that programs are safe, by the rules Linux applies to root; with --device, also whether that card takes them")
        {
            ProgramArgument, DeviceRules, StrictOption, VerboseOption, JsonOption,
        };
        foreach (var option in Loader.All) command.Options.Add(option);
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult line)
    {
        if (!Loader.Read(line).Try(out var options, out var problem)) return ExitCode.Of(problem);
        Capabilities? device = null;
        if (line.GetValue(DeviceRules) is { } name && !DeviceFile.Find(name).Try(out device, out problem)) return ExitCode.Of(problem);
        var (file, only) = ProgramPath.Split(line.GetValue(ProgramArgument)!);
        if (!ObjectLoader.LoadFile(file, options).Try(out var source, out problem)) return ExitCode.Of(problem);
        var programs = source.Programs.Where(p => only is null ? p.OtherType is null : p.Name == only).ToList();
        if (only is not null && programs.TrueForAll(p => p.Problem is null) && source.Program(only).Problem is { } notThat) return ExitCode.Of(notThat);
        if (programs.Count == 0) return ExitCode.Of(LoadError.WhichProgram(source.Name, programs, source.Programs));

        var verdict = new ObjectVerdict(source, device, MapProblems(source, device), [.. programs.Select(p => Judge(source, p, device, line.GetValue(StrictOption)))]);
        if (line.GetValue(JsonOption)) Console.Out.Write(JsonText.Of(VerdictView.Of(verdict)));
        else VerdictText.Write(verdict, line.GetValue(VerboseOption));
        return verdict.Problems.Any(p => p.IsBadInput) ? ExitCode.BadInput : verdict.Problems.Any() ? ExitCode.Refused : ExitCode.Done;
    }

    /// <summary>What is wrong with the object's maps, which are made before any program is loaded.</summary>
    static List<Problem> MapProblems(ObjectSpec source, Capabilities? device)
    {
        var problems = new List<Problem>();
        if (device is null) return problems;
        var made = new List<MapSpec>();
        foreach (var map in source.Maps)
        {
            // How large it is may be said when it is loaded; then that is judged.
            bool isOpen = map.MaxEntries == 0 && MapKinds.Types.Contains(map.Type);
            if (!isOpen && MapKinds.Refuse(map, device.Queues) is { } wrong) problems.Add(wrong);
            problems.AddRange(device.Refusals(map, made).Where(r => problems.TrueForAll(p => p.Sentence != r.Sentence)));
            made.Add(map);
        }
        return problems;
    }

    static ProgramVerdict Judge(ObjectSpec source, ProgramSpec program, Capabilities? device, bool strict)
    {
        if (program.Problem is { } broken) return new(program, null, TimeSpan.Zero, [broken]);
        var options = (device?.VerifierOptions ?? new VerifierOptions()) with { Strict = strict, Offloaded = device is not null };
        var watch = Stopwatch.StartNew();
        var result = Verifier.Verify(program, Maps(source), options);
        watch.Stop();
        var proof = result.Problem is null ? result.Value : null;
        var problems = new List<Problem>();
        if (result.Problem is { } rejection) problems.Add(rejection);
        if (device is not null) problems.AddRange(device.Refusals(program, name => source.Maps.First(m => m.Name == name), proof));
        return new(program, proof, watch.Elapsed, problems);
    }

    /// <summary>What is known of an object's maps before it is on a card.</summary>
    static Func<string, MapFacts> Maps(ObjectSpec source)
    {
        var facts = source.Maps.ToDictionary(m => m.Name, m => new MapFacts(m, m.IsGlobalData && m.Flags.HasFlag(MapFlags.ReadOnlyForPrograms) ? m.InitialValue : default(ReadOnlyMemory<byte>)));
        return name => facts[name];
    }
}

/// <summary>What became of the programs of an object.</summary>
/// <param name="Device">Null for Linux itself.</param>
/// <param name="MapProblems">What is wrong with its maps.</param>
sealed record ObjectVerdict(ObjectSpec Source, Capabilities? Device, IReadOnlyList<Problem> MapProblems, IReadOnlyList<ProgramVerdict> Programs)
{
    public IEnumerable<Problem> Problems => MapProblems.Concat(Programs.SelectMany(p => p.Problems));
}

/// <param name="Proof">Null if it was rejected.</param>
/// <param name="Time">How long that took.</param>
/// <param name="Problems">The rejection, then every rule of the card that it breaks.</param>
sealed record ProgramVerdict(ProgramSpec Program, VerifiedProgram? Proof, TimeSpan Time, IReadOnlyList<Problem> Problems)
{
    public bool IsAccepted => Problems.Count == 0;

    /// <summary>The maps that its code names, and by how many instructions.</summary>
    public IEnumerable<(string Map, int Instructions)> MapUses => Program.MapReferences.GroupBy(r => r.Map).Select(g => (g.Key, g.Count()));
}
