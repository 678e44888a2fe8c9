using Chainring.Host.Driver;
using Chainring.Offload;
using Chainring.Offload.Elf;
using Chainring.Offload.Spec;

namespace Chainring.Host.Cli;

/// <summary><c>OBJ[:PROGRAM]</c> on a command line.</summary>
static class ProgramPath
{
    /// <summary>A file whose name has a colon is found as it is; else what follows the last colon is the program.</summary>
    public static (string File, string? Program) Split(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon <= 0 || File.Exists(text) ? (text, null) : (text[..colon], text[(colon + 1)..]);
    }

    /// <summary>The object and its program; without a name, the only XDP program there is.</summary>
    public static Result<ChainSpec> Load(string text, LoadOptions options)
    {
        var (file, name) = Split(text);
        if (!ObjectLoader.LoadFile(file, options).Try(out var source, out var problem)) return problem;
        return source.Program(name).Try(out var program, out problem) ? ChainSpec.Single(source, program) : problem;
    }
}
