namespace Chainring.Kernels;

/// <summary>What the number of a <see cref="RedirectTarget"/> counts.</summary>
public enum RedirectKind : byte
{
    /// <summary>No program has named a target: a redirect verdict drops the frame.</summary>
    None,

    /// <summary>The number is an interface index.</summary>
    Interface,

    /// <summary>The number is that of a CPU of the host, whose network stack gets the frame.</summary>
    Cpu,

    /// <summary>The number is that of an AF_XDP socket.</summary>
    Socket,

    /// <summary>The number is the id of a devmap: the frame goes to every interface in it.</summary>
    Broadcast,
}

/// <summary>Where a redirect verdict sends a frame.</summary>
/// <param name="ExcludesIngress">A broadcast leaves out the interface that the frame came from.</param>
public readonly record struct RedirectTarget(RedirectKind Kind, uint Number, bool ExcludesIngress = false)
{
    /// <summary>Interface 0 does not exist, and is no target.</summary>
    public static RedirectTarget Interface(uint ifindex) => ifindex == 0 ? default : new(RedirectKind.Interface, ifindex);
}
