// SPDX-License-Identifier: MIT
// A program that tail-calls itself for ever: 33 calls succeed, counting the one that the entry makes, and the 34th falls through. Two
// programs that call each other share the same limit.
#include "object.h"

PROGRAM_ARRAY(self, 4);
RESULTS(8);

static __u32 depth, deepest;

SEC("xdp")
int recurse(struct xdp_md *ctx)
{
    depth++;
    count(0);
    bpf_tail_call(ctx, &self, 0);
    record(1, depth);
    if (depth > deepest)
        deepest = depth;
    depth = 0;
    return XDP_PASS;
}

SEC("xdp")
int ping(struct xdp_md *ctx)
{
    count(2);
    bpf_tail_call(ctx, &self, 2);
    record(3, frame_length(ctx));
    return XDP_TX;
}

SEC("xdp")
int pong(struct xdp_md *ctx)
{
    count(4);
    bpf_tail_call(ctx, &self, 1);
    record(5, frame_length(ctx));
    return XDP_DROP;
}

SEC("xdp")
int start(struct xdp_md *ctx)
{
    count(6);
    bpf_tail_call(ctx, &self, frame_length(ctx) & 1);
    return XDP_ABORTED;
}

LICENSE("MIT");
