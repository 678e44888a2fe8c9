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

    /// <summary>Where in the buffer such bytes begin if they lie in one piece, or a negative errno (bpf_xdp_pointer).</summary>
    public static int Find(ref readonly Frame frame, uint offset, int length) =>
        Refused(in frame, offset, length) is var error and not 0 ? error
        : frame.IsInOnePiece(frame.Data + (int)offset, length) ? frame.Data + (int)offset
        : -Errno.Fault;

    /// <summary>As far as the frame goes; the rest of the memory stays as it is (bpf_xdp_copy_buf).</summary>
    public static void LoadWhatThereIs(ref readonly Frame frame, ReadOnlySpan<byte> buffer, uint offset, Span<byte> to)
    {
        if (offset >= (uint)frame.Length) return;
        int length = Math.Min(to.Length, frame.Length - (int)offset);
        buffer.Slice(frame.Data + (int)offset, length).CopyTo(to);
    }

    static int Refused(ref readonly Frame frame, uint offset, int length) =>
        offset > MaxOffset || length > MaxOffset ? -Errno.Fault
        : offset + (uint)length > (uint)frame.Length ? -Errno.Invalid
        : 0;
}
