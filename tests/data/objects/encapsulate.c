// SPDX-License-Identifier: MIT
// Grows the frame at its head: pushes an outer header of 8 to 200 bytes, chosen by the frame's length, and records every answer. What does
// not fit is refused and leaves the frame as it was; so does a shrink that would leave less than an Ethernet header.
#include "object.h"

RESULTS(8);

struct outer {
    __u8 marker;
    __u8 words;
    __be16 inner_length;
    __be32 sequence;
};

static __u32 sequence;

SEC("xdp")
int push_header(struct xdp_md *ctx)
{
    __u32 length = frame_length(ctx);
    __u32 words = 1 + length % 25;
    struct outer *outer;
    __u8 *fill;

    record(0, bpf_xdp_adjust_head(ctx, -4096));
    record(1, bpf_xdp_adjust_head(ctx, -300));
    record(2, bpf_xdp_adjust_head(ctx, 65536));
    record(3, bpf_xdp_adjust_head(ctx, length - ETH_HLEN + 1));
    record(4, bpf_xdp_adjust_head(ctx, 0));
    record(5, frame_length(ctx));

    if (bpf_xdp_adjust_head(ctx, -(int)(words * 8)))
        return XDP_ABORTED;

    outer = frame_begin(ctx);
    if ((void *)(outer + 1) > frame_end(ctx))
        return XDP_ABORTED;
    outer->marker = 0xc5;
    outer->words = words;
    outer->inner_length = bpf_htons(length);
    outer->sequence = bpf_htonl(sequence++);

    fill = (void *)(outer + 1);
    for (__u32 i = 0; i < 192; i++) {
        if (i >= words * 8 - sizeof(*outer) || (void *)(fill + i + 1) > frame_end(ctx))
            break;
        fill[i] = i ^ words;
    }
    record(6, frame_length(ctx));
    return XDP_TX;
}

LICENSE("MIT");
