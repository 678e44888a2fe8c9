// SPDX-License-Identifier: MIT
// Flows that expire: each frame is put down to its flow, and every sixteenth goes through all flows, deletes those that were silent for long, gathers
// what is left by classes, and marks the oldest of these. Time is counted in frames.
#include "object.h"

enum { SWEEP = 16, SILENT = 40, CLASSES = 8 };

struct flow {
    __be32 source;
    __be32 destination;
    __u32 ports;
    __u32 protocol;
};

struct traffic {
    __u64 packets;
    __u64 bytes;
    __u32 last_seen;
    __u32 times_oldest;
};

struct sweep {
    __u32 now;
    __u32 expired;
    __u32 left;
    __u32 oldest_seen;
    __u64 bytes;
    struct flow oldest;
};

MAP(HASH, flows, struct flow, struct traffic, 4096);
MAP(LRU_HASH, sources, __be32, __u64, 65536);
MAP(PERCPU_HASH, protocols, __u32, __u64, 512);
MAP(PERCPU_ARRAY, classes, __u32, __u64, CLASSES);
MAP(ARRAY, totals, __u32, __u64, CLASSES);
RESULTS(16);

static __u32 frames;

static long expire(void *map, struct flow *flow, struct traffic *traffic, struct sweep *sweep)
{
    __u32 silent = sweep->now - traffic->last_seen, class = traffic->packets >= CLASSES ? CLASSES - 1 : traffic->packets;
    __u64 *count;

    if (silent > SILENT) {
        if (!bpf_map_delete_elem(map, flow))
            sweep->expired++;
        return 0;
    }
    sweep->left++;
    sweep->bytes += traffic->bytes;
    if (silent > sweep->oldest_seen) {
        sweep->oldest_seen = silent;
        sweep->oldest = *flow;
    }
    count = bpf_map_lookup_elem(&classes, &class);
    if (count)
        ++*count;
    return 0;
}

static long add_up(void *map, const __u32 *key, __u64 *value, __u64 *sum)
{
    __u64 *total = bpf_map_lookup_elem(&totals, key);

    (void)map;
    *sum += *value * (*key + 1);
    if (total)
        *total += *value;
    return 0;
}

// Sums do not depend on the order; the number of those met until one is found would.
static long sum_values(void *map, const void *key, __u64 *value, __u64 *sum)
{
    (void)map;
    (void)key;
    *sum += *value;
    return 0;
}

static long forget_small(void *map, const void *key, __u64 *value, __u64 *sum)
{
    if (*value < 3 && !bpf_map_delete_elem(map, key))
        ++*sum;
    return 0;
}

static long until_third(void *map, const __u32 *key, void *value, void *limit)
{
    (void)map;
    (void)value;
    return *key >= *(__u32 *)limit;
}

// Rows of a table: each class against all classes.
static long each_class(void *map, const __u32 *key, __u64 *value, __u64 *sum)
{
    __u64 inner = *key;

    bpf_for_each_map_elem(map, sum_values, &inner, 0);
    *sum = *sum * 3 + inner + *value;
    return 0;
}

static void sweep_flows(void)
{
    struct sweep sweep = { .now = frames };
    struct traffic *kept, fresh;
    __u64 sum = 0;
    __u32 limit = 2;

    record(0, bpf_for_each_map_elem(&flows, expire, &sweep, 0));
    record(1, sweep.expired);
    record(2, sweep.left);
    record(3, sweep.bytes);
    record(4, sweep.oldest_seen);
    record(5, bpf_for_each_map_elem(&classes, add_up, &sum, 0));
    record(6, sum);
    sum = 0;
    record(7, bpf_for_each_map_elem(&protocols, sum_values, &sum, 0));
    record(8, sum);
    sum = 0;
    record(9, bpf_for_each_map_elem(&sources, forget_small, &sum, 0));
    record(10, sum);
    record(11, bpf_for_each_map_elem(&totals, until_third, &limit, 0));
    record(12, bpf_for_each_map_elem(&totals, until_third, &limit, 1));
    sum = 0;
    record(13, bpf_for_each_map_elem(&totals, each_class, &sum, 0));
    record(14, sum);
    record(15, bpf_for_each_map_elem(&sources, sum_values, &sum, 0));
    // No two were last seen in the same frame, so one is the oldest.
    kept = bpf_map_lookup_elem(&flows, &sweep.oldest);
    if (kept) {
        fresh = *kept;
        fresh.times_oldest++;
        bpf_map_update_elem(&flows, &sweep.oldest, &fresh, BPF_EXIST);
    }
}

static void count_in(void *map, const void *key)
{
    __u64 one = 1, *known = bpf_map_lookup_elem(map, key);

    if (known)
        ++*known;
    else
        bpf_map_update_elem(map, key, &one, BPF_ANY);
}

SEC("xdp")
int follow_flows(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    struct traffic *known;
    struct flow flow = {};
    __u32 *ports;

    frames++;
    if (ip) {
        flow.source = ip->saddr;
        flow.destination = ip->daddr;
        flow.protocol = ip->protocol;
        ports = (void *)(ip + 1);
        if ((ip->protocol == IPPROTO_TCP || ip->protocol == IPPROTO_UDP) && (void *)(ports + 1) <= frame_end(ctx))
            flow.ports = *ports;
        known = bpf_map_lookup_elem(&flows, &flow);
        if (known) {
            known->packets++;
            known->bytes += frame_length(ctx);
            known->last_seen = frames;
        } else {
            struct traffic fresh = { .packets = 1, .bytes = frame_length(ctx), .last_seen = frames };

            bpf_map_update_elem(&flows, &flow, &fresh, BPF_NOEXIST);
        }
        count_in(&sources, &flow.source);
        count_in(&protocols, &flow.protocol);
    }
    if (frames % SWEEP == 0)
        sweep_flows();
    return flow.protocol == IPPROTO_UDP ? XDP_TX : XDP_PASS;
}

LICENSE("MIT");
