// SPDX-License-Identifier: MIT
// Instructions that the instruction set has and compilers hardly choose, written by hand: bit tests, or-equal comparisons with a constant,
// subtraction of a constant, and from CPU version 3 on the same in 32 bits.
#include "object.h"

RESULTS(4);

// The condition in assembly; A is %[a] and B is %[b]. Adds one bit.
#define HOLDS(CONDITION, REGISTER)                                                                \
    do {                                                                                          \
        bits <<= 1;                                                                               \
        asm volatile("if " CONDITION " goto +1\n goto +1\n %[bits] |= 1"                          \
                     : [bits] "+" REGISTER(bits) : [a] REGISTER(a), [b] REGISTER(b));             \
    } while (0)

static __always_inline __u64 test_64(__u64 a, __u64 b)
{
    __u64 bits = 0;

    HOLDS("%[a] & %[b]", "r");
    HOLDS("%[a] & 74", "r");
    HOLDS("%[a] & -2147483648", "r");
    HOLDS("%[a] >= 74", "r");
    HOLDS("%[a] <= 74", "r");
    HOLDS("%[a] s>= -74", "r");
    HOLDS("%[a] s<= -74", "r");
    HOLDS("%[a] >= -1", "r");
    asm volatile("%[bits] -= 7\n %[bits] -= -2147483648" : [bits] "+r"(bits));
    return bits;
}

static __always_inline __u64 test_32(__u32 a, __u32 b)
{
    __u32 bits = 0;

#if __BPF_CPU_VERSION__ >= 3
    HOLDS("%[a] & %[b]", "w");
    HOLDS("%[a] & 74", "w");
    HOLDS("%[a] & -2147483648", "w");
    HOLDS("%[a] >= 74", "w");
    HOLDS("%[a] <= 74", "w");
    HOLDS("%[a] s>= %[b]", "w");
    HOLDS("%[a] s>= -74", "w");
    HOLDS("%[a] s<= -74", "w");
    asm volatile("%[bits] -= 7" : [bits] "+w"(bits));
#else
    bits = !!(a & b) << 7 | !!(a & 74) << 6 | !!(a & 0x80000000) << 5 | (a >= 74) << 4 | (a <= 74) << 3;
    bits |= ((__s32)a >= (__s32)b) << 2 | ((__s32)a >= -74) << 1 | ((__s32)a <= -74);
    bits -= 7;
#endif
    return bits;
}

SEC("xdp")
int test_bits(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    __u64 length = frame_length(ctx), far;

    if (!eth)
        return XDP_ABORTED;
    far = -length * (eth->h_source[5] | 1);
    record(0, test_64(length, eth->h_proto));
    record(1, test_64(far, length));
    record(2, test_32(length, eth->h_proto));
    record(3, test_32(far, length));
    return XDP_PASS;
}

LICENSE("MIT");
