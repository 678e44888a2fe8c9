using System.CommandLine;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Host.Cli;

/// <summary><c>chainring disasm</c>: a program's code after linking, in llvm-objdump's notation or the kernel's.</summary>
static class DisasmCommand
{
    static readonly Argument<string> ProgramArgument = new("OBJ[:PROGRAM]") { Description = "an object, or one program of it" };
    static readonly Option<bool> KernelOption = new("--kernel") { Description = "the notation of the verifier log and bpftool, not that of llvm-objdump" };

    public static Command Create()
    {
        var command = new Command("disasm", "Print a program's instructions, subprograms linked in") { ProgramArgument, KernelOption };
        command.SetAction(line => Invoke(line.GetValue(ProgramArgument)!, line.GetValue(KernelOption)));
        return command;
    }

    static int Invoke(string text, bool kernel)
    {
        var (file, name) = ProgramPath.Split(text);
        if (!ObjectLoader.LoadFile(file).Try(out var source, out var problem)) return ExitCode.Of(problem);
        var programs = source.Programs.Where(p => name is null || p.Name == name).ToList();
        if (name is not null && programs.Count == 0) return ExitCode.Of(source.Program(name).Problem!);

        foreach (var program in programs)
        {
            Console.Out.WriteLine($"{source.Name}: {program.Name}, section {program.Section}, {program.InstructionCount} instructions");
            Write(Console.Out, program, kernel);
            Console.Out.WriteLine();
        }
        return ExitCode.Done;
    }

    static void Write(TextWriter output, ProgramSpec program, bool kernel)
    {
        var starts = program.Functions.ToDictionary(f => f.Start, f => f.Name);
        var maps = program.MapReferences.ToDictionary(r => r.Slot);
        byte[] bytes = Encoding.Encode(program.Code);
        for (int slot = 0; slot < program.Code.Length; slot++)
        {
            ref readonly var i = ref program.Code[slot];
            if (i.Kind == InstructionKind.Continuation) continue;
            if (starts.TryGetValue(slot, out var function)) output.WriteLine($"\n{slot * Encoding.SlotBytes:x16} <{function}>:");

            string note = Note(program, slot, starts, maps);
            var raw = bytes.AsSpan(slot * Encoding.SlotBytes, i.Slots * Encoding.SlotBytes);
            output.Write(kernel
                ? $"{slot,4}: ({raw[0]:x2}) {Notation.Kernel.Write(i)}"
                : $"{slot,8}:\t{Spaced(raw)}\t{Notation.Llvm.Write(i)}");
            output.WriteLine(note.Length == 0 ? "" : $"\t; {note}");
        }
    }

    /// <summary>What the operands mean: a map's name, a helper's, where a jump goes.</summary>
    static string Note(ProgramSpec program, int slot, Dictionary<int, string> starts, Dictionary<int, MapReference> maps)
    {
        ref readonly var i = ref program.Code[slot];
        int target = slot + 1 + i.Displacement;
        return i.Kind switch
        {
            InstructionKind.LoadConstant when maps.TryGetValue(slot, out var map) => map.IsValue ? $"map {map.Map}, value + {map.Offset}" : $"map {map.Map}",
            InstructionKind.Jump or InstructionKind.Branch => $"to {target}",
            InstructionKind.Call when i.IsHelperCall => HelperNames.Of(i.Immediate),
            InstructionKind.Call when i.IsLocalCall => starts.GetValueOrDefault(target, $"to {target}"),
            _ => "",
        };
    }

    static string Spaced(ReadOnlySpan<byte> raw) => string.Join(' ', raw.ToArray().Select(b => b.ToString("x2")));
}
