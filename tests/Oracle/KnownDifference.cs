namespace Chainring.Tests.Oracle;

/// <summary>Where our verifier decides otherwise than the kernel's, and why that stays so.</summary>
/// <param name="Name">In a few words.</param>
/// <param name="Why">In a sentence.</param>
/// <param name="Is">Whether a decision is one of these.</param>
public sealed record KnownDifference(string Name, string Why, Func<Decision, bool> Is)
{
    public static readonly IReadOnlyList<KnownDifference> All =
    [
    ];

    public string Text => $"{Name}: {Why}";

    /// <summary>The one that explains a decision; null if none does.</summary>
    public static KnownDifference? Of(Decision decision) => All.FirstOrDefault(known => known.Is(decision));
}
