// SPDX-License-Identifier: MIT
// Read-only data that the compiler spreads over mergeable sections (.rodata.cst16, .rodata.str1.1 and the like): each is a map of its own.
#include "object.h"

RESULTS(4);

static const __u8 weights[16] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3 };
static const __u64 steps[2] = { 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f };
static const char text[] = "seven b";

SEC("xdp")
int read_tables(struct xdp_md *ctx)
{
    __u32 length = frame_length(ctx);

    record(0, weights[length & 15]);
    record(1, steps[length & 1]);
    record(2, text[length & 7]);
    return weights[length & 15] & 1 ? XDP_PASS : XDP_DROP;
}

LICENSE("MIT");
