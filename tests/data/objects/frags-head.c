// SPDX-License-Identifier: MIT
// Head and metadata of a frame with fragments move in its linear part: a header pushed in front, metadata with it, and of a head that is
// taken off at most so much that 14 bytes of the linear part are left.
#include "frags.h"

RESULTS(10);

struct outer {
    struct ethhdr eth;
    __be16 protocol;
    __u16 flags;
};

static __always_inline int encapsulate(struct xdp_md *ctx)
{
    struct outer *outer;
    __u32 *mark;

    record(1, bpf_xdp_adjust_head(ctx, -(int)sizeof(*outer)));
    record(2, bpf_xdp_adjust_meta(ctx, -(int)sizeof(*mark)));
    outer = frame_begin(ctx);
    mark = frame_metadata(ctx);
    if ((void *)(outer + 1) > frame_end(ctx) || (void *)(mark + 1) > (void *)outer)
        return XDP_ABORTED;
    *mark = bpf_xdp_get_buff_len(ctx);
    __builtin_memset(outer, 0xee, sizeof(*outer));
    outer->eth.h_proto = bpf_htons(ETH_P_TEB);
    record(3, bpf_xdp_adjust_head(ctx, -200));
    return XDP_TX;
}

static __always_inline int strip(struct xdp_md *ctx, __u64 linear)
{
    record(4, bpf_xdp_adjust_head(ctx, linear - ETH_HLEN + 1));
    record(5, bpf_xdp_adjust_head(ctx, linear - ETH_HLEN));
    record(6, frame_length(ctx));
    record(7, bpf_xdp_get_buff_len(ctx));
    // What is left of the frame may lose all but 14 bytes at its end.
    record(8, bpf_xdp_adjust_tail(ctx, -1));
    record(9, bpf_xdp_adjust_head(ctx, 1));
    return XDP_PASS;
}

SEC("xdp.frags")
int move_head(struct xdp_md *ctx)
{
    __u64 length = bpf_xdp_get_buff_len(ctx);

    record(0, length);
    return length & 1 ? encapsulate(ctx) : strip(ctx, frame_length(ctx));
}

LICENSE("Dual MIT/GPL");
