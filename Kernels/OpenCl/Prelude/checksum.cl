// Internet checksum arithmetic as bpf_csum_diff offers it: 32-bit ones' complement sums of words, a last partial word being filled up with zeroes.
#define SUM(space) \
    static uint sum_##space(space const uchar *bytes, uint length, uint seed) \
    { \
        ulong sum = seed; \
        for (; length >= 4; bytes += 4, length -= 4) sum += LOAD(space, u32, bytes); \
        for (uint n = 0; n < length; n++) sum += (ulong)bytes[n] << (8 * n); \
        sum = (sum & 0xffffffffUL) + (sum >> 32); \
        return (uint)((sum & 0xffffffffUL) + (sum >> 32)); \
    }

SUM(private)
SUM(global)

static ulong checksum_difference(uint from, uint from_length, uint to, uint to_length, uint seed)
{
    uint sum = seed;
    if (from_length > 0 && to_length > 0)
    {
        ulong both = (ulong)to + (uint)~from;
        sum = (uint)both + (uint)(both >> 32);
    }
    else if (to_length > 0)
    {
        sum = to;
    }
    else if (from_length > 0)
    {
        sum = ~from;
    }
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum + (sum >> 16)) & 0xffff;
}
