// SPDX-License-Identifier: MIT
// A filter by length, as it is without and with fragments: what a program sees says nothing of how long a jumbo frame is. Its last bytes
// decide too: they are where a trailer would be.
#include "frags.h"

MAP(ARRAY, by_kib, __u32, __u64, 16);
RESULTS(3);

#define LONGEST 8192

SEC("xdp.frags")
int by_length(struct xdp_md *ctx)
{
    __u64 length = bpf_xdp_get_buff_len(ctx);
    __u32 kib = length >> 10;
    __u64 *frames = bpf_map_lookup_elem(&by_kib, &kib);
    __u32 trailer = 0;

    if (frames)
        *frames += 1;
    record(0, length);
    record(1, length - frame_length(ctx));
    if (length > LONGEST)
        return XDP_DROP;
    if (bpf_xdp_load_bytes(ctx, length - sizeof(trailer), &trailer, sizeof(trailer)))
        return XDP_ABORTED;
    record(2, trailer);
    return trailer & 1 ? XDP_PASS : XDP_TX;
}

LICENSE("Dual MIT/GPL");
