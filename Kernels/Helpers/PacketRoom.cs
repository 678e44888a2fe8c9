namespace Chainring.Kernels.Helpers;

/// <summary>Moving the ends of a frame (net/core/filter.c, bpf_xdp_adjust_head, _tail, _meta): 0, or a negative errno and nothing changed.</summary>
public static class PacketRoom
{
    /// <summary>Moves the start by <paramref name="delta"/> bytes, metadata moving with it; negative grows the frame.</summary>
    public static int AdjustHead(ref Frame frame, Span<byte> buffer, int delta)
    {
        int metadata = frame.Data - frame.Meta;
        long data = (long)frame.Data + delta;
        if (data < Frame.RecordBytes + metadata || data > frame.End - Frame.MinLength) return -Errno.Invalid;

        buffer[frame.Meta..frame.Data].CopyTo(buffer[(frame.Meta + delta)..]);
        frame.Meta += delta;
        frame.Data += delta;
        return 0;
    }

    /// <summary>Moves the end by <paramref name="delta"/> bytes; bytes gained are zero.</summary>
    public static int AdjustTail(ref Frame frame, Span<byte> buffer, int delta)
    {
        long end = (long)frame.End + delta;
        if (end > Frame.BufferBytes - Frame.TailReserve || end < frame.Data + Frame.MinLength) return -Errno.Invalid;

        if (delta > 0) buffer.Slice(frame.End, delta).Clear();
        frame.End = (int)end;
        return 0;
    }

    /// <summary>Moves the start of the metadata by <paramref name="delta"/> bytes; negative grows it. Its length is a multiple of 4.</summary>
    public static int AdjustMeta(ref Frame frame, int delta)
    {
        long meta = (long)frame.Meta + delta;
        long length = frame.Data - meta;
        if (meta < Frame.RecordBytes || meta > frame.Data) return -Errno.Invalid;
        if (length % 4 != 0 || length > Frame.MaxMetadata) return -Errno.Access;

        frame.Meta = (int)meta;
        return 0;
    }
}
