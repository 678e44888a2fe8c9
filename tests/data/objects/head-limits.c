// SPDX-License-Identifier: MIT
// Walks the head of the frame out to its limit and back: 216 bytes of room, one byte more is refused.
#include "object.h"

RESULTS(8);

SEC("xdp")
int find_head_limit(struct xdp_md *ctx)
{
    __u8 *first;

    record(0, bpf_xdp_adjust_head(ctx, -217));
    record(1, bpf_xdp_adjust_head(ctx, -216));
    record(2, bpf_xdp_adjust_head(ctx, -1));
    first = frame_begin(ctx);
    if ((void *)(first + 216) > frame_end(ctx))
        return XDP_ABORTED;
    first[0] = 0x11;
    first[215] = 0x22;
    record(3, bpf_xdp_adjust_head(ctx, 215));
    first = frame_begin(ctx);
    if ((void *)(first + 1) > frame_end(ctx))
        return XDP_ABORTED;
    record(4, first[0]);
    record(5, bpf_xdp_adjust_head(ctx, 1));
    // What was written in front of the frame is still there when the frame grows again.
    record(6, bpf_xdp_adjust_head(ctx, -216));
    first = frame_begin(ctx);
    if ((void *)(first + 1) > frame_end(ctx))
        return XDP_ABORTED;
    record(7, first[0]);
    return bpf_xdp_adjust_head(ctx, 216) ? XDP_DROP : XDP_PASS;
}

LICENSE("MIT");
