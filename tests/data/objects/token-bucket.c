// SPDX-License-Identifier: MIT
// A token bucket per source address whose clock is the number of frames seen, not time: each frame of anyone refills, each own frame costs
// its length.
#include "object.h"

enum { BURST = 3000, PER_FRAME = 40 };

struct bucket {
    __u64 filled_at;
    __u32 tokens;
    __u32 refused;
};

MAP(HASH, buckets, __be32, struct bucket, 1024);

static __u64 clock;
__u64 passed, dropped;

SEC("xdp")
int limit_rate(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    __u32 cost = frame_length(ctx);
    struct bucket *bucket;
    __be32 source;
    __u64 tokens;

    clock++;
    if (!ip)
        return XDP_PASS;
    source = ip->saddr;
    bucket = bpf_map_lookup_elem(&buckets, &source);
    if (!bucket) {
        struct bucket fresh = { .filled_at = clock, .tokens = BURST };

        if (bpf_map_update_elem(&buckets, &source, &fresh, BPF_NOEXIST))
            return XDP_ABORTED;
        bucket = bpf_map_lookup_elem(&buckets, &source);
        if (!bucket)
            return XDP_ABORTED;
    }
    tokens = bucket->tokens + (clock - bucket->filled_at) * PER_FRAME;
    if (tokens > BURST)
        tokens = BURST;
    bucket->filled_at = clock;
    if (tokens < cost) {
        bucket->tokens = tokens;
        bucket->refused++;
        dropped++;
        return XDP_DROP;
    }
    bucket->tokens = tokens - cost;
    passed++;
    return XDP_PASS;
}

LICENSE("MIT");
