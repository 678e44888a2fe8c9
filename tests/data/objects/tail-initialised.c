// SPDX-License-Identifier: MIT
// A prog array that the object fills itself: with a global function, with a static one, and with one that has an array of its own.
#include "object.h"

RESULTS(4);

int xdp_third(struct xdp_md *ctx);

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 2);
    __uint(key_size, sizeof(__u32));
    __array(values, int(void *));
} inner SEC(".maps") = { .values = { [1] = (void *)&xdp_third } };

SEC("xdp")
int xdp_first(struct xdp_md *ctx)
{
    count(0);
    record(3, frame_length(ctx));
    return XDP_DROP;
}

__attribute__((used))
static SEC("xdp") int xdp_second(struct xdp_md *ctx)
{
    count(1);
    bpf_tail_call(ctx, &inner, 1);
    return XDP_ABORTED;
}

SEC("xdp")
int xdp_third(struct xdp_md *ctx)
{
    (void)ctx;
    count(2);
    return XDP_TX;
}

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 4);
    __uint(key_size, sizeof(__u32));
    __array(values, int(void *));
} outer SEC(".maps") = { .values = { [0] = (void *)&xdp_first, [2] = (void *)&xdp_second } };

SEC("xdp")
int xdp_entry(struct xdp_md *ctx)
{
    bpf_tail_call(ctx, &outer, frame_length(ctx) & 3);
    return XDP_PASS;
}

LICENSE("MIT");
