// SPDX-License-Identifier: MIT
// A token bucket per IPv4 source address. A token is a nanosecond: time fills the bucket by itself, and a frame costs its length times the
// nanoseconds that the limit gives a byte, so that nothing is divided and no fraction lost. A frame that finds too little is dropped and costs nothing.
// The least recently seen sources are forgotten when there are too many; one that comes back starts with a full bucket.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct limit {
    __u64 ns_per_byte; // 0: no limit
    __u64 burst_ns;    // what a full bucket holds
};

struct bucket {
    __u64 filled_at;
    __u64 tokens;
    __u64 passed;
    __u64 dropped;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct limit);
} limits SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, __be32);
    __type(value, struct bucket);
} buckets SEC(".maps");

SEC("xdp")
int xdp_limiter(struct xdp_md *ctx)
{
    void *end = (void *)(long)ctx->data_end;
    void *data = (void *)(long)ctx->data;
    struct ethhdr *eth = data;
    struct iphdr *ip = (void *)(eth + 1);
    struct bucket *bucket;
    struct limit *limit;
    __u64 now, cost;
    __be32 source;
    __u32 only = 0;

    if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
        return XDP_PASS;
    limit = bpf_map_lookup_elem(&limits, &only);
    if (!limit || !limit->ns_per_byte)
        return XDP_PASS;

    now = bpf_ktime_get_ns();
    cost = (__u64)(end - data) * limit->ns_per_byte;
    source = ip->saddr;
    bucket = bpf_map_lookup_elem(&buckets, &source);
    if (!bucket) {
        struct bucket full = { .filled_at = now, .tokens = limit->burst_ns };

        bpf_map_update_elem(&buckets, &source, &full, BPF_NOEXIST);
        bucket = bpf_map_lookup_elem(&buckets, &source);
        if (!bucket)
            return XDP_PASS;
    }

    // Two CPUs that serve one source at once may both spend a token: a limit this rough needs no lock. Nor does time run backwards for it.
    if (now > bucket->filled_at) {
        bucket->tokens += now - bucket->filled_at;
        bucket->filled_at = now;
    }
    if (bucket->tokens > limit->burst_ns)
        bucket->tokens = limit->burst_ns;
    if (bucket->tokens < cost) {
        bucket->dropped++;
        return XDP_DROP;
    }
    bucket->tokens -= cost;
    bucket->passed++;
    return XDP_PASS;
}

char _license[] SEC("license") = "MIT";
