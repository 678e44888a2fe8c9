namespace Chainring.Kernels.Helpers;

/// <summary>
/// Moving the ends of a frame (net/core/filter.c, bpf_xdp_adjust_head, _tail, _meta): 0, or a negative errno and nothing changed. Head and
/// metadata move in the linear part, whether there are fragments or not.
/// </summary>
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
        if (frame.HasFragments) return delta < 0 ? ShrinkFragments(ref frame, unchecked(-delta)) : GrowLastFragment(ref frame, buffer, delta);

        long end = (long)frame.End + delta;
        if (end > Frame.LinearEnd || end < frame.Data + Frame.MinLength) return -Errno.Invalid;

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

    /// <summary>Within its page (bpf_xdp_frags_increase_tail); there is no further fragment.</summary>
    static int GrowLastFragment(ref Frame frame, Span<byte> buffer, int by)
    {
        int room = -frame.FragmentBytes & (Frame.PageBytes - 1);
        if (by > room) return -Errno.Invalid;

        buffer.Slice(frame.LastEnd, by).Clear();
        frame.FragmentBytes += by;
        return 0;
    }

    /// <summary>
    /// Fragments first, and then the linear part, when the frame is of one piece again (bpf_xdp_frags_shrink_tail). 2^31 comes as a negative number,
    /// and takes away nothing.
    /// </summary>
    static int ShrinkFragments(ref Frame frame, int by)
    {
        if (by > frame.Length - Frame.MinLength) return -Errno.Invalid;

        int ofFragments = Math.Min(Math.Max(by, 0), frame.FragmentBytes);
        frame.FragmentBytes -= ofFragments;
        frame.End -= Math.Max(by, 0) - ofFragments;
        return 0;
    }
}
