// SPDX-License-Identifier: MIT
// Leaves eight bytes of metadata in front of the frame for the next program of a chain.
#include "object.h"

struct note {
    __u32 hash;
    __u16 length;
    __u16 mark;
};

SEC("xdp")
int write_metadata(struct xdp_md *ctx)
{
    struct ethhdr *eth;
    struct note *note;
    __u32 hash;

    if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*note)))
        return XDP_ABORTED;
    note = frame_metadata(ctx);
    if ((void *)(note + 1) > frame_begin(ctx))
        return XDP_ABORTED;
    eth = ethernet_of(ctx);
    if (!eth)
        return XDP_DROP;
    hash = eth->h_source[5] | eth->h_source[4] << 8 | eth->h_dest[5] << 16 | (__u32)eth->h_dest[4] << 24;
    note->hash = hash * 0x9e3779b1;
    note->length = frame_length(ctx);
    note->mark = bpf_ntohs(eth->h_proto);
    return XDP_PASS;
}

LICENSE("MIT");
