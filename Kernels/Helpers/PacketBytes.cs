namespace Chainring.Kernels.Helpers;

/// <summary>
/// Copies from and to a frame at an offset from its start, those of its bytes too that lie in fragments (net/core/filter.c, bpf_xdp_load_bytes,
/// _store_bytes): 0, or a negative errno.
/// </summary>
public static class PacketBytes
{
    const uint MaxOffset = 0xffff;

    public static int Load(ref readonly Frame frame, ReadOnlySpan<byte> buffer, uint offset, Span<byte> to)
    {
        if (Refused(in frame, offset, to.Length) is var error and not 0) return error;
        buffer.Slice(frame.Data + (int)offset, to.Length).CopyTo(to);
        return 0;
    }

    public static int Store(ref readonly Frame frame, Span<byte> buffer, uint offset, ReadOnlySpan<byte> from)
    {
        if (Refused(in frame, offset, from.Length) is var error and not 0) return error;
        from.CopyTo(buffer[(frame.Data + (int)offset)..]);
        return 0;
    }

    static int Refused(ref readonly Frame frame, uint offset, int length) =>
        offset > MaxOffset || length > MaxOffset ? -Errno.Fault
        : offset + (uint)length > (uint)frame.Length ? -Errno.Invalid
        : 0;
}
