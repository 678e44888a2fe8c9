// The frame: where it lies in its buffer, in bytes from the start of that, and moving its ends (net/core/filter.c).
typedef struct { uint meta, data, end, fragments; } frame_place;

// Has the cache fetch what will be wanted soon, where that is known to be possible: with PoCL.
#ifdef POCL_DEVICE_ADDRESS_BITS
#define FETCH(at) __builtin_prefetch(at)
#else
#define FETCH(at)
#endif

#define FRAME_RECORD 40
#define FRAME_LINEAR_END 3776
#define FRAME_PAGE 4096
#define FRAME_LEAST 14
#define FRAME_MOST_METADATA 252

static long move_head(private frame_place *f, int delta)
{
    long data = (long)f->data + delta, metadata = f->data - f->meta;
    if (data < FRAME_RECORD + metadata || data > (long)f->end - FRAME_LEAST) return -EINVAL;
    f->meta += delta;
    f->data += delta;
    return 0;
}

// The same with the metadata.
static long adjust_head(global uchar *packet, private frame_place *f, int delta)
{
    const uint meta = f->meta, data = f->data;
    long error = move_head(f, delta);
    if (error != 0) return error;
    if (delta < 0)
    {
        for (uint at = meta; at < data; at++) packet[(int)at + delta] = packet[at];
    }
    else
    {
        for (uint at = data; at > meta; at--) packet[at - 1 + delta] = packet[at - 1];
    }
    return 0;
}

static long adjust_meta(private frame_place *f, int delta)
{
    long meta = (long)f->meta + delta, length = (long)f->data - meta;
    if (meta < FRAME_RECORD || meta > (long)f->data) return -EINVAL;
    if (length % 4 != 0 || length > FRAME_MOST_METADATA) return -EACCES;
    f->meta = (uint)meta;
    return 0;
}

static long adjust_tail(global uchar *packet, private frame_place *f, int delta)
{
    if (f->fragments != 0 && delta < 0)
    {
        int by = (int)-(uint)delta, length = (int)(f->end - f->data + f->fragments);
        if (by > length - FRAME_LEAST) return -EINVAL;
        if (by < 0) by = 0;
        uint of_fragments = min((uint)by, f->fragments);
        f->fragments -= of_fragments;
        f->end -= (uint)by - of_fragments;
        return 0;
    }
    if (f->fragments != 0)
    {
        if (delta > (int)(-f->fragments & (FRAME_PAGE - 1))) return -EINVAL;
        CLEAR(global, packet + f->end + f->fragments, delta);
        f->fragments += delta;
        return 0;
    }
    long end = (long)f->end + delta;
    if (end > FRAME_LINEAR_END || end < (long)f->data + FRAME_LEAST) return -EINVAL;
    if (delta > 0) CLEAR(global, packet + f->end, delta);
    f->end = (uint)end;
    return 0;
}

// Whether bytes of the frame, fragments included, can be copied: 0, or an error.
static long frame_bytes(private const frame_place *f, uint offset, ulong length)
{
    if (offset > 0xffff || length > 0xffff) return -EFAULT;
    return offset + (uint)length > f->end - f->data + f->fragments ? -EINVAL : 0;
}

// The word by which a program can read the verdict of the one before it.
static ulong push_verdict(global uchar *packet, private frame_place *f, ulong action)
{
    if (adjust_meta(f, -4) != 0) return 0;
    STORE(global, u32, packet + f->meta, (uint)action);
    return 1;
}

static void pop_verdict(private frame_place *f, ulong metadata)
{
    if (f->data - f->meta == (uint)metadata) f->meta += 4;
}
