// SPDX-License-Identifier: MIT
// Calls between functions: eight frames deep, with a pointer to the caller's stack, with five arguments, with packet pointers, and through
// a global function that the verifier checks on its own.
#include "object.h"

RESULTS(8);

struct sums {
    __u64 plain;
    __u64 weighted;
    __u32 calls;
};

#define LEVEL(N, NEXT)                                                  \
    static __noinline __u64 level_##N(struct sums *sums, __u64 value)   \
    {                                                                   \
        __u64 own = value * 2654435761 + (N);                           \
                                                                        \
        sums->calls++;                                                  \
        sums->plain += own;                                             \
        own = NEXT(sums, own >> 3);                                     \
        sums->weighted += own * (N);                                    \
        return own + sums->plain;                                       \
    }

static __noinline __u64 level_8(struct sums *sums, __u64 value)
{
    sums->calls++;
    sums->plain ^= value;
    return value + 8;
}

LEVEL(7, level_8)
LEVEL(6, level_7)
LEVEL(5, level_6)
LEVEL(4, level_5)
LEVEL(3, level_4)
LEVEL(2, level_3)

static __noinline __u64 five(__u64 a, __u32 b, __s32 c, __u16 d, __u8 e)
{
    return a + b * 3 + (__s64)c * 5 + d * 7 + e * 11;
}

static __noinline __u32 first_word(__u8 *at, __u8 *end)
{
    if (at + 4 > end)
        return 0xffffffff;
    return at[0] | at[1] << 8 | at[2] << 16 | (__u32)at[3] << 24;
}

__noinline int verdict_for(__u32 word)
{
    return word & 1 ? XDP_TX : XDP_PASS;
}

SEC("xdp")
int call_deep(struct xdp_md *ctx)
{
    struct sums sums = {};
    __u8 *at = frame_begin(ctx), *end = frame_end(ctx);
    __u64 length = frame_length(ctx), returned;
    __u32 word;

    returned = level_2(&sums, length);
    record(0, returned);
    record(1, sums.plain);
    record(2, sums.weighted);
    record(3, sums.calls);
    record(4, five(length, length << 3, -(__s32)length, length * 40000, length));
    word = first_word(at, end);
    record(5, word);
    record(6, first_word(at + 4, end));
    return verdict_for(word ^ length);
}

LICENSE("MIT");
