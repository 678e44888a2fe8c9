// SPDX-License-Identifier: MIT
// What adjust_meta answers for good, crooked and oversized requests, and what becomes of metadata when the head moves.
#include "object.h"

RESULTS(24);

static __always_inline __u64 metadata_length(struct xdp_md *ctx)
{
    return frame_begin(ctx) - frame_metadata(ctx);
}

SEC("xdp")
int find_meta_limits(struct xdp_md *ctx)
{
    __u32 *word;

    record(0, bpf_xdp_adjust_meta(ctx, -3));
    record(1, bpf_xdp_adjust_meta(ctx, 4));
    record(2, bpf_xdp_adjust_meta(ctx, -256));
    record(3, bpf_xdp_adjust_meta(ctx, -220));
    record(4, metadata_length(ctx));
    record(5, bpf_xdp_adjust_meta(ctx, -216));
    record(6, metadata_length(ctx));
    record(7, bpf_xdp_adjust_head(ctx, -1));
    record(8, bpf_xdp_adjust_meta(ctx, 184));
    record(9, metadata_length(ctx));
    record(10, bpf_xdp_adjust_meta(ctx, 2));
    record(11, bpf_xdp_adjust_meta(ctx, 28));
    record(12, metadata_length(ctx));

    word = frame_metadata(ctx);
    if ((void *)(word + 1) > frame_begin(ctx))
        return XDP_DROP;
    *word = 0xfeedc0de;

    // Metadata moves with the head, and takes part of the room.
    record(13, bpf_xdp_adjust_head(ctx, -213));
    record(14, bpf_xdp_adjust_head(ctx, -212));
    record(15, metadata_length(ctx));
    word = frame_metadata(ctx);
    if ((void *)(word + 1) > frame_begin(ctx))
        return XDP_DROP;
    record(16, *word);
    record(17, bpf_xdp_adjust_head(ctx, 212));
    word = frame_metadata(ctx);
    if ((void *)(word + 1) > frame_begin(ctx))
        return XDP_DROP;
    record(18, *word);
    return XDP_PASS;
}

LICENSE("MIT");
