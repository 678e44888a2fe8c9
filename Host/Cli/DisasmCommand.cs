using System.CommandLine;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Host.Cli;

/// <summary>
/// <c>chainring disasm</c>: programs after linking, line for line as llvm-objdump -d writes them. What the object leaves to relocation
/// (maps, variables, helpers, kfuncs, functions, types that are not there) is named behind a semicolon.
/// </summary>
static class DisasmCommand
{
    static readonly Argument<string> ProgramArgument = new("OBJ[:PROGRAM]") { Description = "an object, or one program of it" };
    static readonly Option<bool> KernelOption = new("--kernel") { Description = "the notation of the verifier log and bpftool, not that of llvm-objdump" };

    static readonly LoaderOptions Loader = new();

    public static Command Create()
    {
        var command = new Command("disasm", "Print a program's instructions, subprograms linked in") { ProgramArgument, KernelOption };
        foreach (var option in Loader.All) command.Options.Add(option);
        command.SetAction(line => Loader.Read(line).Try(out var options, out var problem)
            ? Invoke(line.GetValue(ProgramArgument)!, line.GetValue(KernelOption), options)
            : ExitCode.Of(problem));
        return command;
    }

    static int Invoke(string text, bool kernel, LoadOptions options)
    {
        var (file, name) = ProgramPath.Split(text);
        if (!ObjectLoader.LoadFile(file, options).Try(out var source, out var problem)) return ExitCode.Of(problem);
        var programs = source.Programs.Where(p => name is null ? p.OtherType is null : p.Name == name).ToList();
        if (name is not null && source.Program(name).Problem is { } notThat) return ExitCode.Of(notThat);
        if (programs.Count == 0) return ExitCode.Of(LoadError.WhichProgram(source.Name, programs, source.Programs));

        Console.Out.WriteLine($"{file}:\tfile format elf64-bpf");
        foreach (var program in programs.Where(p => p.Problem is null)) Write(Console.Out, program, kernel);
        return programs.Find(p => p.Problem is not null) is { } broken ? ExitCode.Of(broken.Problem!) : ExitCode.Done;
    }

    static void Write(TextWriter output, ProgramSpec program, bool kernel)
    {
        output.WriteLine($"\nDisassembly of section {program.Section}, program {program.Name}, {program.InstructionCount} instructions:");
        var text = new CodeText(program);
        var function = program.Functions[0];
        for (int slot = 0; slot < program.Code.Length; slot++)
        {
            if (program.Code[slot].Kind == InstructionKind.Continuation) continue;
            foreach (var starts in program.Functions.Where(f => f.Start == slot))
            {
                function = starts;
                output.WriteLine($"\n{slot * Encoding.SlotBytes:x16} <{function.Name}>:");
            }
            var instruction = program.Code[slot];
            if (!kernel && text.HasName(slot)) instruction = AsInObject(instruction);
            byte[] raw = Encoding.Encode([instruction, .. program.Code.AsSpan(slot + 1, instruction.Slots - 1)]);
            output.WriteLine(kernel ? text.Line(slot) : $"{slot,8}:\t{string.Join(' ', raw.Select(b => b.ToString("x2")))}\t{Notation.Llvm.Write(instruction)}{text.Note(slot)}");
        }
    }

    /// <summary>A map, variable or kfunc has no number before it is on a card: llvm-objdump shows what the object has there.</summary>
    static Instruction AsInObject(in Instruction i) => i.Kind == InstructionKind.Call
        ? i with { Operation = (byte)CallKind.Local, Src = (byte)CallKind.Local, Immediate = -1 }
        : i with { Operation = (byte)ConstantKind.Value, Immediate = 0 };
}
