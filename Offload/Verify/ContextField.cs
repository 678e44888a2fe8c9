namespace Chainring.Offload.Verify;

/// <summary>A field of <c>struct xdp_md</c>, four bytes each (xdp_is_valid_access in net/core/filter.c).</summary>
/// <param name="Pointer">What it reads as, if that is no number.</param>
/// <param name="OffloadedMayWrite">Offloaded programs may write it.</param>
/// <param name="OnlyBehindMaps">Only programs that run behind an entry of a device map have it.</param>
sealed record ContextField(string Name, int Offset, RegisterKind? Pointer = null, bool OffloadedMayWrite = false, bool OnlyBehindMaps = false)
{
    const int Bytes = 4;

    static readonly ContextField[] Fields =
    [
        new("data", 0, RegisterKind.Packet),
        new("data_end", 4, RegisterKind.PacketEnd),
        new("data_meta", 8, RegisterKind.Metadata),
        new("ingress_ifindex", 12),
        new("rx_queue_index", 16, OffloadedMayWrite: true),
        new("egress_ifindex", 20, OnlyBehindMaps: true),
    ];

    /// <summary>The field that lies exactly there; null if none does.</summary>
    public static ContextField? At(int offset, int bytes) => bytes == Bytes ? Array.Find(Fields, f => f.Offset == offset) : null;

    public static IEnumerable<string> Names => Fields.Select(f => f.Name);

    public static string Readable { get; } = $"it has {string.Join(", ", Fields.Select(f => $"{f.Name} at {f.Offset}"))}, {Bytes} bytes each; egress_ifindex only in a program of a devmap";

    static readonly ContextField Written = Array.Find(Fields, f => f.OffloadedMayWrite)!;

    public static string Writable(bool offloaded) =>
        offloaded ? $"only {Written.Name} at {Written.Offset} can be written, {Bytes} bytes" : "Linux lets only offloaded programs write (rx_queue_index)";
}
