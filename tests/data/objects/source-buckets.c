// SPDX-License-Identifier: MIT
// A token bucket for each source network, on each CPU for itself: nothing is shared, so nothing is locked, and the limit is per queue. The classes
// (rate and burst) are configured; time is counted in frames of this CPU.
#include "protocols.h"

enum { PASSED, LIMITED, NO_CLASS, NOT_IP, REASONS };

struct class {
    __u32 tokens_per_frame; // in 1/256
    __u32 burst;
    __u32 cost_of_bytes; // bytes for a token more
    __u32 limits;
};

struct bucket {
    __u64 filled_at;
    __s64 tokens; // in 1/256
    __u64 passed;
    __u64 limited;
};

struct network {
    __be32 address[2];
};

MAP(ARRAY, classes, __u32, struct class, 8);
MAP(LRU_PERCPU_HASH, buckets, struct network, struct bucket, 16384);
MAP(PERCPU_ARRAY, frames, __u32, __u64, 1);
TALLIES(REASONS);

// /24 of IPv4, /48 of IPv6.
static __always_inline int network_of(const struct xdp_md *ctx, struct network *network, __u32 *class)
{
    void *end = frame_end(ctx);
    struct ethhdr *eth = ethernet_of(ctx);

    if (!eth)
        return -1;
    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = (void *)(eth + 1);

        if ((void *)(ip + 1) > end)
            return -1;
        network->address[0] = ip->saddr & bpf_htonl(0xffffff00);
        *class = ip->protocol == IPPROTO_TCP ? 0 : ip->protocol == IPPROTO_UDP ? 1 : 2;
        return 0;
    }
    if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = (void *)(eth + 1);

        if ((void *)(ip + 1) > end)
            return -1;
        network->address[0] = ip->saddr.s6_addr32[0];
        network->address[1] = ip->saddr.s6_addr32[1] & bpf_htonl(0xffff0000);
        *class = 3 + (ip->priority & 3);
        return 0;
    }
    return -1;
}

static __noinline int take(struct bucket *bucket, const struct class *class, __u64 now, __u32 bytes)
{
    __s64 full, cost;

    if (!bucket || !class)
        return 1;
    full = (__s64)class->burst << 8;
    cost = 256;
    if (class->cost_of_bytes)
        cost += ((__u64)bytes << 8) / class->cost_of_bytes;
    bucket->tokens += (now - bucket->filled_at) * class->tokens_per_frame;
    bucket->filled_at = now;
    if (bucket->tokens > full)
        bucket->tokens = full;
    if (bucket->tokens < cost) {
        bucket->limited++;
        return 0;
    }
    bucket->tokens -= cost;
    bucket->passed++;
    return 1;
}

SEC("xdp")
int limit_sources(struct xdp_md *ctx)
{
    struct network network = {};
    struct bucket *bucket;
    struct class *class;
    __u32 zero = 0, number = 0;
    __u64 *now;

    if (network_of(ctx, &network, &number)) {
        tally(ctx, NOT_IP);
        return XDP_PASS;
    }
    class = bpf_map_lookup_elem(&classes, &number);
    now = bpf_map_lookup_elem(&frames, &zero);
    if (!class || !now)
        return XDP_ABORTED;
    *now += 1;
    if (!class->limits) {
        tally(ctx, NO_CLASS);
        return XDP_PASS;
    }
    bucket = bpf_map_lookup_elem(&buckets, &network);
    if (!bucket) {
        struct bucket fresh = { .filled_at = *now, .tokens = (__s64)class->burst << 8 };

        bpf_map_update_elem(&buckets, &network, &fresh, BPF_ANY);
        bucket = bpf_map_lookup_elem(&buckets, &network);
    }
    if (take(bucket, class, *now, frame_length(ctx))) {
        tally(ctx, PASSED);
        return XDP_PASS;
    }
    tally(ctx, LIMITED);
    return XDP_DROP;
}

LICENSE("MIT");
