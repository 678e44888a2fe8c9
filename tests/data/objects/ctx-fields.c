// SPDX-License-Identifier: MIT
// What the context says about the frame: where it came in, and how the pointers lie to each other.
#include "object.h"

MAP(HASH, queues, __u64, __u64, 256);
RESULTS(4);

SEC("xdp")
int read_context(struct xdp_md *ctx)
{
    __u64 where = (__u64)ctx->ingress_ifindex << 32 | ctx->rx_queue_index, one = 1, *seen;

    record(0, ctx->ingress_ifindex);
    record(1, ctx->rx_queue_index);
    record(2, frame_length(ctx));
    record(3, frame_begin(ctx) - frame_metadata(ctx));
    seen = bpf_map_lookup_elem(&queues, &where);
    if (seen)
        ++*seen;
    else
        bpf_map_update_elem(&queues, &where, &one, BPF_ANY);
    return ctx->rx_queue_index & 1 ? XDP_DROP : XDP_PASS;
}

LICENSE("MIT");
