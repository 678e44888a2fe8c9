namespace Chainring.Kernels.Maps;

/// <summary>A map whose entries <c>bpf_redirect_map</c> sends frames to. Programs cannot write it.</summary>
public interface IRedirectMap
{
    /// <summary>The flags of <c>bpf_redirect_map</c> that this type of map knows besides the return code.</summary>
    ulong KnownFlags { get; }

    /// <summary>Where the entry of a key sends frames; no target if there is no such entry.</summary>
    RedirectTarget TargetOf(uint key);
}

/// <summary>A redirect map of interfaces, to all of which a frame can be sent at once.</summary>
/// <remarks>
/// An interface is any number but 0: ports are not the map's business, where the kernel refuses an interface that it does not have. An entry of 8
/// bytes has a program to run on the way out behind its interface, of which the card has none: any descriptor is refused.
/// </remarks>
public interface IDevMap : IRedirectMap
{
    /// <summary>Places of entries, from 0.</summary>
    int Slots { get; }

    /// <summary>The interface at a place, 0 if it is empty.</summary>
    uint InterfaceAt(int slot);
}

/// <summary>Flags of <c>bpf_redirect_map</c>.</summary>
public static class RedirectFlags
{
    /// <summary>The code to return when there is no such entry.</summary>
    public const ulong ReturnCode = 3;

    public const ulong Broadcast = 1 << 3;
    public const ulong ExcludeIngress = 1 << 4;
}
