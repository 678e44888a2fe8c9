using Chainring.Host.Driver.Peers;
using System.Text.RegularExpressions;
using Chainring.Offload;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Tests.Oracle;

/// <summary>Who accepts a program: our verifier, the kernel's, both, or neither.</summary>
public enum Agreement
{
    BothAccept,
    BothReject,
    Stricter,
    Looser,
}

/// <summary>What our verifier says of a program, and the kernel's.</summary>
/// <param name="Ours">Null if it is accepted.</param>
/// <param name="Kernel">Null if it is accepted, else the errno and the last line of the log.</param>
public sealed partial record Decision(Problem? Ours, string? Kernel)
{
    /// <summary>The rules of this kernel for programs of its own.</summary>
    public static readonly VerifierOptions KernelRules = new() { Offloaded = false, Cpus = CpuPin.Possible };

    public Agreement Agreement => (Ours, Kernel) switch
    {
        (null, null) => Agreement.BothAccept,
        (null, _) => Agreement.Looser,
        (_, null) => Agreement.Stricter,
        _ => Agreement.BothReject,
    };

    /// <summary>What the two say without the numbers in it, separated by a tab: what is alike in many programs.</summary>
    public string Reasons => $"{Described(Ours?.Id, Ours?.Sentence)}\t{Described(null, Kernel)}";

    /// <param name="device">The interface that the program is bound to in the kernel; 0 for none.</param>
    public static Decision Of(ProgramSpec program, Func<string, MapFacts> facts, Func<string, KernelMap> maps, string license = "GPL", int device = 0) =>
        new(Verifier.Verify(program, facts, KernelRules).Problem, Refusal(program, maps, license, device));

    static string? Refusal(ProgramSpec program, Func<string, KernelMap> maps, string license, int device)
    {
        var log = new VerifierLog();
        try
        {
            new KernelProgram(program, maps, license, device, log).Dispose();
            return null;
        }
        catch (BpfException e) when (e.Log.Length > 0)
        {
            return $"{e.Errno}: {log.LastLine}";
        }
    }

    static string Described(string? id, string? sentence) => sentence is null ? "accepted" : $"{id} {Numbers().Replace(sentence, "N")}".Trim();

    [GeneratedRegex(@"-?\b(0x[0-9a-f]+|\d+)\b")]
    private static partial Regex Numbers();
}
