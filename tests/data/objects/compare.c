// SPDX-License-Identifier: MIT
// Every comparison, signed and unsigned, 32 and 64 bits wide, with constants and with values: one bit of a word for each that held.
#include "object.h"

RESULTS(8);

// The compiler would turn these into arithmetic: each is a branch.
#define HOLDS(CONDITION) do { bits <<= 1; if (CONDITION) { bits |= 1; opaque(bits); } } while (0)
#define ALL(A, B, SIGNED)                                                                       \
    do {                                                                                        \
        HOLDS((A) == (B)); HOLDS((A) != (B));                                                   \
        HOLDS((A) > (B)); HOLDS((A) >= (B)); HOLDS((A) < (B)); HOLDS((A) <= (B));               \
        HOLDS((SIGNED)(A) > (SIGNED)(B)); HOLDS((SIGNED)(A) >= (SIGNED)(B));                    \
        HOLDS((SIGNED)(A) < (SIGNED)(B)); HOLDS((SIGNED)(A) <= (SIGNED)(B));                    \
        HOLDS((A) & (B));                                                                       \
    } while (0)

static __noinline __u64 compare_64(__u64 a, __u64 b)
{
    __u64 bits = 0;

    ALL(a, b, __s64);
    return bits;
}

static __noinline __u64 compare_32(__u32 a, __u32 b)
{
    __u64 bits = 0;

    ALL(a, b, __s32);
    return bits;
}

static __noinline __u64 compare_with_constants(__u64 a, __u32 b)
{
    __u64 bits = 0;

    ALL(a, 0xffffffffffffff80, __s64);
    ALL(b, 0xffffff80, __s32);
    ALL(a, 74, __s64);
    ALL(b, 74, __s32);
    return bits;
}

SEC("xdp")
int compare(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    __u64 length = frame_length(ctx), far;

    if (!eth)
        return XDP_ABORTED;
    far = ((__u64)eth->h_source[5] << 56) - length;
    record(0, compare_64(far, length));
    record(1, compare_64(length, far));
    record(2, compare_64(length, length + (eth->h_dest[5] & 1)));
    record(3, compare_32(far, length));
    record(4, compare_32(length, far));
    record(5, compare_with_constants(far, far));
    record(6, compare_with_constants(length, length));
    record(7, compare_with_constants(length - 128, length - 128));
    return XDP_PASS;
}

LICENSE("MIT");
