using System.CommandLine;
using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Offload;

namespace Chainring.Host.Cli;

/// <summary>
/// <c>chainring conformance</c>: the plugin that the public BPF conformance runner starts for each of its tests. Memory in hex as an argument, the
/// program in hex on standard input, r0 in hex on standard output.
/// </summary>
static class ConformanceCommand
{
    static readonly Argument<string> MemoryArgument = new("MEMORY") { Description = "what r1 points to and r2 is the length of, in hex", DefaultValueFactory = _ => "" };
    static readonly Option<string> BackendOption = OptionKinds.Word("--backend", Targets.Reference.Name, [.. Targets.ByName.Select(t => t.Name)],
        "what executes the program; but for the interpreter, which checks as it goes, they take only what the verifier accepts");
    static readonly Option<bool> XdpOption = new("--xdp") { Description = "the program is written for XDP: r1 is its struct xdp_md, and the memory is the frame" };

    public static Command Create()
    {
        var command = new Command("conformance", "Run the instructions on standard input, in hex, and print r0: a plugin of the BPF conformance runner")
        {
            MemoryArgument, BackendOption, XdpOption,
        };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult line)
    {
        if (!Hex(line.GetValue(MemoryArgument)!, "MEMORY").Try(out var memory, out var problem)) return ExitCode.Of(problem);
        if (memory.Length > Frame.MaxLength) return ExitCode.Of(UsageError.TooMuchMemory(memory.Length, Frame.MaxLength));
        if (!Hex(Console.In.ReadToEnd(), "the program").Try(out var code, out problem)) return ExitCode.Of(problem);
        if (!ScalarProgram.Run(Backends.Find(line.GetValue(BackendOption)!), code, memory, line.GetValue(XdpOption)).Try(out ulong result, out problem))
            return ExitCode.Of(problem);
        Console.Out.WriteLine($"{result:x}");
        return ExitCode.Done;
    }

    /// <summary>Pairs of digits, with white space between them or without.</summary>
    static Result<byte[]> Hex(string text, string what)
    {
        string digits = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
        if (digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit)) return UsageError.NotHex(what);
        return Convert.FromHexString(digits);
    }
}
