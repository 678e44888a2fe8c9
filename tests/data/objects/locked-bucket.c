// SPDX-License-Identifier: MIT
// A token bucket per source address under a spin lock, and a total in an array under one: both in maps, found by BTF. Entries are updated
// with BPF_F_LOCK too, and what a map without a lock answers to that is recorded.
#include "object.h"

enum { BURST = 4000, PER_FRAME = 50 };

#ifndef BPF_F_LOCK
#define BPF_F_LOCK 4
#endif

struct bucket {
    __u64 filled_at;
    struct bpf_spin_lock lock;
    __u32 tokens;
    __u64 passed, dropped;
};

struct total {
    struct bpf_spin_lock lock;
    __u32 frames;
    __u64 bytes;
};

MAP(HASH, buckets, __be32, struct bucket, 1024);
MAP(ARRAY, totals, __u32, struct total, 2);
MAP(ARRAY, plain, __u32, __u64, 1);
RESULTS(6);

static __u64 clock;

static __always_inline int take(struct bucket *bucket, __u64 now, __u64 cost)
{
    __u64 tokens;
    int verdict = XDP_PASS;

    bpf_spin_lock(&bucket->lock);
    tokens = bucket->tokens + (now - bucket->filled_at) * PER_FRAME;
    if (tokens > BURST)
        tokens = BURST;
    if (tokens < cost) {
        bucket->dropped++;
        verdict = XDP_DROP;
    } else {
        tokens -= cost;
        bucket->passed++;
    }
    bucket->tokens = tokens;
    bucket->filled_at = now;
    bpf_spin_unlock(&bucket->lock);
    return verdict;
}

SEC("xdp")
int limit_rate(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    struct bucket fresh = { .tokens = BURST }, *bucket;
    struct total *total, reset = { .frames = 7 };
    __u64 number = 1;
    __be32 source;
    __u32 key = 0;

    total = bpf_map_lookup_elem(&totals, &key);
    if (!total)
        return XDP_ABORTED;
    bpf_spin_lock(&total->lock);
    total->frames++;
    total->bytes += frame_length(ctx);
    clock = total->frames;
    bpf_spin_unlock(&total->lock);

    key = 1;
    reset.bytes = clock;
    record(0, bpf_map_update_elem(&totals, &key, &reset, clock & 1 ? BPF_F_LOCK : BPF_ANY));
    record(1, bpf_map_update_elem(&totals, &key, &reset, BPF_F_LOCK | BPF_NOEXIST));
    record(2, bpf_map_update_elem(&plain, &(__u32){ 0 }, &number, BPF_F_LOCK));
    if (!ip)
        return XDP_PASS;
    source = ip->saddr;
    fresh.filled_at = clock;
    record(3, bpf_map_update_elem(&buckets, &source, &fresh, BPF_F_LOCK | BPF_NOEXIST));
    bucket = bpf_map_lookup_elem(&buckets, &source);
    if (!bucket)
        return XDP_ABORTED;
    // Now and then the bucket is filled again: in its place, or in another.
    if ((clock & 31) == 5) {
        record(4, bpf_map_update_elem(&buckets, &source, &fresh, BPF_F_LOCK | BPF_EXIST));
        record(5, bucket->filled_at);
    }
    if ((clock & 31) == 6) {
        record(4, bpf_map_update_elem(&buckets, &source, &fresh, BPF_EXIST));
        record(5, bucket->filled_at);
    }
    return take(bucket, clock, frame_length(ctx));
}

LICENSE("GPL");
