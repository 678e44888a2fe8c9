using System.Globalization;
using System.Text.RegularExpressions;
using Chainring.Host.Driver.Peers;
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
    /// <summary>Our proof, of what we accept.</summary>
    public VerifiedProgram? Proof { get; init; }

    /// <summary>The instruction that the kernel stopped at, where it refuses what we accept; -1 if its log does not say.</summary>
    public int KernelSlot { get; init; } = -1;

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
    public static Decision Of(ProgramSpec program, Func<string, MapFacts> facts, Func<string, KernelMap> maps, string license = "GPL", int device = 0)
    {
        var ours = Verifier.Verify(program, facts, KernelRules);
        var log = new VerifierLog();
        if (Refusal(log) is not { } errno) return new(ours.Problem, null) { Proof = ours.Problem is null ? ours.Value : null };
        var decision = new Decision(ours.Problem, $"{errno}: {log.LastLine}");
        return ours.Problem is null ? decision with { Proof = ours.Value, KernelSlot = LastSlot() } : decision;

        Errno? Refusal(VerifierLog? brief)
        {
            try
            {
                new KernelProgram(program, maps, license, device, brief).Dispose();
                return null;
            }
            catch (BpfException e) when (e.Log.Length > 0)
            {
                log.Text = e.Log;
                return e.Errno;
            }
        }

        int LastSlot()
        {
            Refusal(null);
            return Followed().Matches(log.Text) is [.., var last] ? int.Parse(last.Groups[1].Value, CultureInfo.InvariantCulture) : -1;
        }
    }

    static string Described(string? id, string? sentence) => sentence is null ? "accepted" : $"{id} {Numbers().Replace(sentence, "N")}".Trim();

    /// <summary>An instruction in the log, after its slot.</summary>
    [GeneratedRegex(@"^(\d+): \(", RegexOptions.Multiline)]
    private static partial Regex Followed();

    [GeneratedRegex(@"-?\b(0x[0-9a-f]+|\d+)\b")]
    private static partial Regex Numbers();
}
