// Frames in columns: one number of each is this frame's (own), the next column is so many numbers (step) further.
#define COLUMN(c) own[(size_t)(c) * step]

// Bytes of the words that a frame's beginning is cut into, from a place on that is known only now; word w is column zero - w.
static ulong words_load(global const uint *own, uint step, uint zero, uint at, uint bytes)
{
    uint c = zero - (at >> 2), in_word = at & 3;
    ulong value = COLUMN(c) >> 8 * in_word;
    if (in_word + bytes > 4) value |= (ulong)COLUMN(c - 1) << (32 - 8 * in_word);
    if (in_word + bytes > 8) value |= (ulong)COLUMN(c - 2) << (64 - 8 * in_word);
    return bytes == 8 ? value : value & ((1UL << 8 * bytes) - 1);
}

static void words_store(global uint *own, uint step, uint zero, uint at, uint bytes, ulong value)
{
    uint c = zero - (at >> 2), in_word = at & 3;
    ulong mask = bytes == 8 ? ~0UL : (1UL << 8 * bytes) - 1;
    COLUMN(c) = (COLUMN(c) & ~(uint)(mask << 8 * in_word)) | (uint)((value & mask) << 8 * in_word);
    if (in_word + bytes > 4) COLUMN(c - 1) = (COLUMN(c - 1) & ~(uint)(mask >> (32 - 8 * in_word))) | (uint)((value & mask) >> (32 - 8 * in_word));
    if (in_word + bytes > 8) COLUMN(c - 2) = (COLUMN(c - 2) & ~(uint)(mask >> (64 - 8 * in_word))) | (uint)((value & mask) >> (64 - 8 * in_word));
}
