using System.CommandLine;
using System.Diagnostics;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Host.Cli;

/// <summary><c>chainring verify</c>: whether programs are safe by Linux' rules, and if not, which instruction needs what.</summary>
static class VerifyCommand
{
    static readonly Argument<string> ProgramArgument = new("OBJ[:PROGRAM]") { Description = "an object, or one program of it" };
    static readonly Option<bool> StrictOption = new("--strict") { Description = "rules of Linux without CAP_PERFMON: no reading of unwritten stack, no pointer shown as a number" };
    static readonly Option<bool> VerboseOption = new("-v") { Description = "of a rejection, the path that leads there and what is known at its end" };
    static readonly Option<bool> JsonOption = new("--json") { Description = "as JSON" };

    static readonly LoaderOptions Loader = new();

    /// <summary>The last instructions of a path that are printed.</summary>
    const int PathLines = 40;

    public static Command Create()
    {
        var command = new Command("verify", "Prove that programs are safe, by the rules Linux applies to root") { ProgramArgument, StrictOption, VerboseOption, JsonOption };
        foreach (var option in Loader.All) command.Options.Add(option);
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult line)
    {
        if (!Loader.Read(line).Try(out var options, out var problem)) return ExitCode.Of(problem);
        var (file, name) = ProgramPath.Split(line.GetValue(ProgramArgument)!);
        if (!ObjectLoader.LoadFile(file, options).Try(out var source, out problem)) return ExitCode.Of(problem);
        if (name is not null && source.Program(name).Problem is { } notThat) return ExitCode.Of(notThat);
        int code = ExitCode.Done;
        foreach (var program in source.Programs.Where(p => name is null ? p.OtherType is null : p.Name == name))
        {
            if (program.Problem is { } broken)
            {
                code = ExitCode.Of(broken);
                continue;
            }
            var watch = Stopwatch.StartNew();
            var result = Verifier.Verify(program, Maps(source), new VerifierOptions { Strict = line.GetValue(StrictOption), Offloaded = false });
            watch.Stop();
            if (result.Problem is Rejection rejection)
            {
                code = ExitCode.Of(rejection);
                if (line.GetValue(VerboseOption)) Explain(program, rejection);
                continue;
            }
            var proof = result.Value;
            Console.Out.WriteLine($"{program.Name}: accepted, {program.InstructionCount} instructions, {proof.Processed} processed in {proof.States} states ({proof.PeakStates} at once), {proof.StackBytes} bytes of stack, {watch.Elapsed.TotalMilliseconds:f1} ms");
        }
        return code;
    }

    /// <summary>What is known of an object's maps before it is on a card.</summary>
    static Func<string, MapFacts> Maps(ObjectSpec source)
    {
        var facts = source.Maps.ToDictionary(m => m.Name, m => new MapFacts(m, m.IsGlobalData && m.Flags.HasFlag(MapFlags.ReadOnlyForPrograms) ? m.InitialValue : default(ReadOnlyMemory<byte>)));
        return name => facts[name];
    }

    static void Explain(ProgramSpec program, Rejection rejection)
    {
        foreach (int slot in rejection.Path.TakeLast(PathLines)) Console.Error.WriteLine($"{slot,6}: {Offload.Isa.Notation.Kernel.Write(program.Code[slot])}");
        foreach (string known in rejection.State) Console.Error.WriteLine($"        {known}");
    }
}
