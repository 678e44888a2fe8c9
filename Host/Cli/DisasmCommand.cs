using System.Reflection.Emit;
using System.CommandLine;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Kernels.Il;
using Chainring.Kernels.OpenCl;
using Chainring.Kernels.Simd;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Host.Cli;

/// <summary>
/// <c>chainring disasm</c>: programs after linking, line for line as llvm-objdump -d writes them. What the object leaves to relocation
/// (maps, variables, helpers, kfuncs, functions, types that are not there) is named behind a semicolon. Or what is compiled from them, one by one or as a chain.
/// </summary>
static class DisasmCommand
{
    static readonly Argument<string?> ProgramArgument = new("OBJ[:PROGRAM]") { Description = "an object, or one program of it", Arity = ArgumentArity.ZeroOrOne };
    static readonly Option<string?> ChainOption = OptionKinds.Text<string?>("--chain", "FILE.yaml", "the programs of a chain file, and with --ir, --il or --native the chain as a whole");
    static readonly Option<bool> KernelOption = new("--kernel") { Description = "the notation of the verifier log and bpftool, not that of llvm-objdump" };
    static readonly Option<bool> GraphOption = new("--ir") { Description = "what the compiler computes with instead: the graph after all passes" };
    static readonly Option<bool> PassesOption = new("--passes") { Description = "with --ir, also the graph after each pass that changed it" };
    static readonly Option<bool> IlOption = new("--il") { Description = "the IL of backend il instead" };
    static readonly Option<bool> SimdOption = new("--simd") { Description = "what backend simd does for several frames at once and what frame by frame, and why; with --il or --native, its code" };
    static readonly Option<bool> OpenClOption = new("--opencl") { Description = "the OpenCL C of backend opencl instead, in the shape for processors" };
    static readonly Option<bool> BranchesOption = new("--branches") { Description = "with --opencl, the shape for GPUs, which have frames in columns" };
    static readonly Option<bool> NativeOption = new("--native") { Description = "the machine code that the runtime makes of the IL, on x64" };

    static readonly LoaderOptions Loader = new();

    public static Command Create()
    {
        var command = new Command("disasm", "Print a program's instructions, subprograms linked in, or what is compiled from it")
        {
            ProgramArgument, ChainOption, KernelOption, GraphOption, PassesOption, IlOption, NativeOption, SimdOption, OpenClOption, BranchesOption,
        };
        foreach (var option in Loader.All) command.Options.Add(option);
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult line)
    {
        var (text, file) = (line.GetValue(ProgramArgument), line.GetValue(ChainOption));
        if ((text is null) == (file is null)) return ExitCode.Of(UsageError.ObjectOrChain());
        if (line.GetValue(PassesOption) && !line.GetValue(GraphOption)) return ExitCode.Of(UsageError.PassesWithoutIr());
        if (line.GetValue(BranchesOption) && !line.GetValue(OpenClOption)) return ExitCode.Of(UsageError.BranchesWithoutOpenCl());
        if (!Loader.Read(line).Try(out var options, out var problem)) return ExitCode.Of(problem);
        bool native = line.GetValue(NativeOption), compiles = native || line.GetValue(GraphOption) || line.GetValue(IlOption) || line.GetValue(SimdOption) || line.GetValue(OpenClOption);
        if (native && !NativeCode.IsSupported) return ExitCode.Of(UsageError.NoNative());
        if (file is not null)
        {
            if (!ChainFile.Load(file, options).Try(out var chain, out problem)) return ExitCode.Of(problem);
            if (compiles) return Compiled(chain, line);
            foreach (var program in chain.Members.Select(m => m.Program).Distinct()) Write(Console.Out, program, line.GetValue(KernelOption));
            return ExitCode.Done;
        }

        var (path, name) = ProgramPath.Split(text!);
        if (!ObjectLoader.LoadFile(path, options).Try(out var source, out problem)) return ExitCode.Of(problem);
        var programs = source.Programs.Where(p => name is null ? p.OtherType is null : p.Name == name).ToList();
        if (name is not null && source.Program(name).Problem is { } notThat) return ExitCode.Of(notThat);
        if (programs.Count == 0) return ExitCode.Of(LoadError.WhichProgram(source.Name, programs, source.Programs));

        if (!compiles) Console.Out.WriteLine($"{path}:\tfile format elf64-bpf");
        int worst = ExitCode.Done;
        foreach (var program in programs.Where(p => p.Problem is null))
        {
            if (compiles) worst = Math.Max(worst, Compiled(ChainSpec.Single(source, program), line));
            else Write(Console.Out, program, line.GetValue(KernelOption));
        }
        return programs.Find(p => p.Problem is not null) is { } broken ? Math.Max(worst, ExitCode.Of(broken.Problem!)) : worst;
    }

    /// <summary>What the compiler makes of a chain, once the card has taken its programs.</summary>
    static int Compiled(ChainSpec spec, ParseResult line)
    {
        // Nothing runs, so nothing needs to be compiled to run.
        var card = new SmartNic(new CardOptions { Target = Targets.Reference });
        if (!InstalledChain.Install(card, spec).Try(out var installed, out var problem)) return ExitCode.Of(problem);
        using var _ = installed;
        var chain = card.Kernel()!.Chain;
        var backend = new IlTarget();
        if (chain.Stages.Select(s => backend.Refuse(s.Program)).FirstOrDefault(r => r is not null) is { } refusal) return ExitCode.Of(refusal);
        if (line.GetValue(GraphOption))
        {
            string graph = CompiledText.Graph(chain, line.GetValue(PassesOption) ? (pass, text) => Console.Out.WriteLine($"\n{spec.Name} after {pass}:\n{text}") : null);
            Console.Out.WriteLine($"\n{spec.Name}:\n{graph}");
        }
        if (line.GetValue(OpenClOption))
        {
            foreach (var stage in chain.Stages)
            {
                if (OpenClTarget.WhyNot(stage.Program) is { } why) return ExitCode.Of(Refusal.NotOnDevice(stage.Program.Name, Targets.OnDevice.Name, why));
            }
            Console.Out.WriteLine($"\n{spec.Name}:\n{DeviceText.Of(chain, card.Maps, line.GetValue(BranchesOption) ? DeviceShape.Branches : DeviceShape.Predicated, line.GetValue(BranchesOption) ? FrameLayout.Copied : FrameLayout.InPlace)}");
        }
        bool il = line.GetValue(IlOption), native = line.GetValue(NativeOption), simd = line.GetValue(SimdOption);
        if (simd && !il && !native) Console.Out.WriteLine($"\n{spec.Name}:\n{LaneText.Graph(chain)}");
        if (il) Methods(Console.Out.WriteLine);
        if (native)
        {
            foreach (var method in NativeCode.Of(Methods(null))) NativeText.Write(Console.Out, method);
        }
        return ExitCode.Done;

        IReadOnlyList<DynamicMethod> Methods(Action<string>? line) => simd ? LaneText.Methods(chain, spec.Name, line) : CompiledText.Methods(chain, spec.Name, line);
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
