// SPDX-License-Identifier: MIT
// Jumps that no compiler chooses by itself: may_goto as the way out of loops that nothing bounds, which none of them needs, and gotol, the jump
// with 32 bits of distance. Written as bytes, since older assemblers do not know them.
#include "object.h"

#define may_goto(LABEL) \
    asm volatile goto("1: .byte 0xe5, 0; .long ((%l[" #LABEL "] - 1b - 8) / 8) & 0xffff; .short 0" :::: LABEL)
#define gotol(LABEL)                                                                              \
    do {                                                                                          \
        asm volatile goto("1: .byte 0x06, 0, 0, 0; .long (%l[" #LABEL "] - 1b - 8) / 8" :::: LABEL); \
        __builtin_unreachable();                                                                  \
    } while (0)

RESULTS(5);

// How many steps Collatz' rule takes to 1: that there is an end at all is a conjecture.
static __noinline __u64 collatz_steps(__u64 n)
{
    __u64 steps = 0;

    while (n > 1) {
        may_goto(out);
        n = n & 1 ? 3 * n + 1 : n >> 1;
        steps++;
    }
out:
    return steps;
}

// Sums of remainders of Euclid's rule, one after the other: a loop in a loop, each with its own way out.
static __noinline __u64 remainders(__u64 a, __u64 b)
{
    __u64 sum = 0, rest;

    for (; b; b >>= 1) {
        may_goto(out);
        for (rest = b; rest; ) {
            __u64 next = a % rest;

            may_goto(out);
            a = rest;
            rest = next;
            sum += next;
        }
        a += sum & 0xff;
    }
out:
    return sum;
}

SEC("xdp")
int jump_oddly(struct xdp_md *ctx)
{
    __u64 length = frame_length(ctx);

    record(0, collatz_steps(length));
    record(1, remainders(length * 977, length));
    if (length & 1) {
        record(2, length);
        gotol(odd);
    }
    record(4, length);
    return XDP_PASS;
odd:
    record(3, 2);
    return length & 2 ? XDP_DROP : XDP_TX;
}

LICENSE("MIT");
