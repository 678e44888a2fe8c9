namespace Chainring.Offload.Verify;

/// <summary>What the fields of <c>struct xdp_md</c> are called.</summary>
public static class ContextFieldNames
{
    public static IReadOnlyList<string> All { get; } = [.. ContextField.Names];
}
