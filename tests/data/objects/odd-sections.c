// SPDX-License-Identifier: MIT
// Programs in sections that name no type: a program is chosen by its function.
#include "object.h"

MAP(ARRAY, runs, __u32, __u64, 4);

static __always_inline void ran(__u32 slot)
{
    __u64 *counter = bpf_map_lookup_elem(&runs, &slot);

    if (counter)
        ++*counter;
}

SEC("prog")
int in_prog(struct xdp_md *ctx)
{
    ran(0);
    return frame_length(ctx) & 1 ? XDP_DROP : XDP_PASS;
}

SEC("2/1")
int in_two_one(struct xdp_md *ctx)
{
    ran(1);
    return frame_length(ctx) & 2 ? XDP_DROP : XDP_PASS;
}

// Two programs in one section.
SEC("xdp_prog")
int in_xdp_prog(struct xdp_md *ctx)
{
    ran(2);
    return frame_length(ctx) & 4 ? XDP_TX : XDP_PASS;
}

SEC("xdp_prog")
int also_in_xdp_prog(struct xdp_md *ctx)
{
    ran(3);
    return frame_length(ctx) & 8 ? XDP_TX : XDP_DROP;
}

LICENSE("MIT");
