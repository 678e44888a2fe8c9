// SPDX-License-Identifier: MIT
// Redirects by xskmap: hits, misses with each return code, flags that only devmaps know, and the usual look whether a socket is there.
#include "object.h"

MAP(XSKMAP, sockets, __u32, __u32, 4);
RESULTS(1);

SEC("xdp")
int redirect_xsk(struct xdp_md *ctx)
{
    __u64 length = frame_length(ctx);
    __u32 index = length >> 3 & 7;

    switch (length % 4) {
    case 0:
        record(0, index);
        if (bpf_map_lookup_elem(&sockets, &index))
            return bpf_redirect_map(&sockets, index, 0);
        return XDP_PASS;
    case 1:
        return bpf_redirect_map(&sockets, index, length >> 6 & 3);
    case 2:
        return bpf_redirect_map(&sockets, index, BPF_F_BROADCAST | XDP_PASS);
    default:
        return bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_PASS);
    }
}

LICENSE("MIT");
