using Chainring.Kernels;

namespace Chainring.Host;

/// <summary>A request was refused: by the kernel's error number, and its sentence or the end of its log where there is one.</summary>
public sealed class XdpException : Exception
{
    internal XdpException(int errno, string what, string? text = null, string? log = null, string? attribute = null)
        : base(text ?? $"{what}: {Driver.ErrnoText.Of(errno)}") => (Errno, Text, Log, Attribute) = (errno, text, log, attribute);

    /// <summary>Positive.</summary>
    public int Errno { get; }

    /// <summary>The extended acknowledgement; null if there was none.</summary>
    public string? Text { get; }

    /// <summary>What loading a program has put out; null of other requests.</summary>
    public string? Log { get; }

    /// <summary>The netlink attribute that the request failed by, as far as the answer tells; null otherwise.</summary>
    public string? Attribute { get; }

    /// <summary>Which attribute an answer speaks of.</summary>
    internal static string? AttributeOf(int errno) => errno switch
    {
        Kernels.Errno.Stale => "IFLA_XDP_CHAIN_EXPECTED_REVISION",
        Kernels.Errno.BadDescriptor => "IFLA_XDP_FD",
        _ => null,
    };
}
