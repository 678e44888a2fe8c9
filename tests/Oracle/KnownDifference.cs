namespace Chainring.Tests.Oracle;

/// <summary>Where our verifier decides otherwise than the kernel's, and why that stays so.</summary>
/// <param name="Name">In a few words.</param>
/// <param name="Why">In a sentence.</param>
/// <param name="Is">Whether a decision is one of these.</param>
public sealed record KnownDifference(string Name, string Why, Func<Decision, bool> Is)
{
    /// <summary>What the kernel says where it knows less of a number.</summary>
    static readonly string[] OfNumbers = ["outside of the allowed memory range", "offset is outside of the packet", "unbounded memory access", "min value is negative"];

    public static readonly KnownDifference KernelBug = new("a bug of the kernel",
        "its verifier says \"verifier bug\" of a function at the end of a program that is named and never called, which it drops and then misses, and of a pointer that is given as a number",
        decision => IsLooser(decision, "verifier bug: No program to jit", "verifier bug: backtracking misuse"));

    public static readonly KnownDifference DeadEdge = new("an edge that cannot be",
        "Linux does not know that a branch cannot go there (it knows less of the number, or does not look), and refuses what it finds; no path of ours reaches that instruction",
        decision => decision.KernelSlot >= 0 && !decision.Proof!.Facts[decision.KernelSlot].IsReached);

    public static readonly KnownDifference Ranges = new("tighter ranges",
        "Linux forgets a bound that it had (reg_deduce_mixed_bounds sets some anew), lets bits not move bounds, and learns of bits from constants only; we keep and learn them (`Offload/Verify/Bounds.cs`)",
        decision => IsLooser(decision, OfNumbers));

    public static readonly KnownDifference LostDynptr = new("a dynamic pointer that may be gone",
        "where paths meet, Linux takes the stack of one that has none there for that of one that has, and does not see that its bytes are then read or written; and a store at a place that "
        + "varies ends all that it may reach, whose bytes are then a number's, while cards end the one that it reaches",
        decision => decision is { Agreement: Agreement.Stricter, Ours.Id: "V36" or "V37" });

    public static readonly KnownDifference KernelGivesUp = new("the kernel gives up",
        "it comes to its limit of a million instructions, and we come to the end: which states are kept, and where, is not the same in everything",
        decision => IsLooser(decision, "BPF program is too large"));

    public static readonly IReadOnlyList<KnownDifference> All = [KernelBug, KernelGivesUp, LostDynptr, DeadEdge, Ranges];

    public string Text => $"{Name}: {Why}";

    /// <summary>The one that explains a decision; null if none does.</summary>
    public static KnownDifference? Of(Decision decision) => All.FirstOrDefault(known => known.Is(decision));

    static bool IsLooser(Decision decision, params ReadOnlySpan<string> texts)
    {
        if (decision.Agreement != Agreement.Looser) return false;
        foreach (string text in texts)
        {
            if (decision.Kernel!.Contains(text, StringComparison.Ordinal)) return true;
        }
        return false;
    }
}
