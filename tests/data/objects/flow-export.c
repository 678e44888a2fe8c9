// SPDX-License-Identifier: MIT
// Flow records as routers export them: counted in an LRU hash, sent when the flow ends, goes on for long, or its turn in a sample comes;
// ring buffer for records, a perf event with the head of the packet for the sample, totals in globals.
#include "protocols.h"

enum { ACTIVE_PACKETS = 32, SAMPLE = 64, HEAD = 64 };
enum reason { END, RESET, ACTIVE, REASONS };

struct flow {
    __be32 source[4];
    __be32 destination[4];
    __be16 ports[2];
    __u16 vlan;
    __u8 protocol;
    __u8 version;
};

struct counters {
    __u64 packets;
    __u64 bytes;
    __u32 first;
    __u32 last;
    __u32 shortest;
    __u32 longest;
    __u8 flags;
    __u8 tos;
    __u8 ttl_least;
    __u8 ttl_most;
    __u32 exported;
};

struct exported {
    struct flow flow;
    struct counters counters;
    __u32 reason;
    __u32 number;
};

struct sample {
    __u32 number;
    __u32 length;
};

MAP(LRU_HASH, flows, struct flow, struct counters, 65536);

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 18);
} records SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
    __uint(key_size, sizeof(__u32));
    __uint(value_size, sizeof(__u32));
} samples SEC(".maps");

__u32 frames, exports, failures;
__u32 by_reason[REASONS];

struct parsed {
    struct flow flow;
    __u32 length;
    __u8 tos;
    __u8 ttl;
    __u8 flags;
    __u8 padding;
};

static __always_inline int parse(struct xdp_md *ctx, struct parsed *parsed)
{
    void *end = frame_end(ctx), *at;
    struct ethhdr *eth = ethernet_of(ctx);
    __be16 type;

    if (!eth)
        return -1;
    type = eth->h_proto;
    at = eth + 1;
#pragma unroll
    for (int i = 0; i < VLAN_DEPTH; i++) {
        struct vlan_tag *tag = at;

        if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
            break;
        if ((void *)(tag + 1) > end)
            return -1;
        parsed->flow.vlan = bpf_ntohs(tag->tci) & 0xfff;
        type = tag->type;
        at = tag + 1;
    }
    if (type == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = at;

        if ((void *)(ip + 1) > end || ip->ihl < 5)
            return -1;
        parsed->flow.version = 4;
        parsed->flow.source[0] = ip->saddr;
        parsed->flow.destination[0] = ip->daddr;
        parsed->flow.protocol = ip->protocol;
        parsed->tos = ip->tos;
        parsed->ttl = ip->ttl;
        at += ip->ihl * 4;
        if (ip->frag_off & bpf_htons(IP_OFFSET))
            return 0;
    } else if (type == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = at;

        if ((void *)(ip + 1) > end)
            return -1;
        parsed->flow.version = 6;
        __builtin_memcpy(parsed->flow.source, &ip->saddr, 16);
        __builtin_memcpy(parsed->flow.destination, &ip->daddr, 16);
        parsed->flow.protocol = ip->nexthdr;
        parsed->tos = ip->priority << 4;
        parsed->ttl = ip->hop_limit;
        at = ip + 1;
    } else {
        return -1;
    }
    if (parsed->flow.protocol == IPPROTO_TCP) {
        struct tcphdr *tcp = at;

        if ((void *)(tcp + 1) > end)
            return 0;
        parsed->flags = ((__u8 *)tcp)[13];
    } else if (parsed->flow.protocol != IPPROTO_UDP) {
        return 0;
    }
    if (at + 4 > end)
        return 0;
    parsed->flow.ports[0] = *(__be16 *)at;
    parsed->flow.ports[1] = *(__be16 *)(at + 2);
    return 0;
}

static __noinline int send_record(const struct flow *flow, const struct counters *counters, __u32 reason)
{
    struct exported *out = bpf_ringbuf_reserve(&records, sizeof(*out), 0);

    if (!out) {
        failures++;
        return -1;
    }
    if (!flow || !counters) {
        bpf_ringbuf_discard(out, 0);
        return -1;
    }
    out->flow = *flow;
    out->counters = *counters;
    out->reason = reason;
    out->number = ++exports;
    bpf_ringbuf_submit(out, 0);
    by_reason[reason < REASONS ? reason : 0]++;
    return 0;
}

static __always_inline void count_packet(struct counters *counters, const struct parsed *parsed)
{
    counters->packets++;
    counters->bytes += parsed->length;
    counters->last = frames;
    counters->flags |= parsed->flags;
    counters->tos |= parsed->tos;
    if (parsed->length < counters->shortest)
        counters->shortest = parsed->length;
    if (parsed->length > counters->longest)
        counters->longest = parsed->length;
    if (parsed->ttl < counters->ttl_least)
        counters->ttl_least = parsed->ttl;
    if (parsed->ttl > counters->ttl_most)
        counters->ttl_most = parsed->ttl;
}

SEC("xdp")
int export_flows(struct xdp_md *ctx)
{
    struct parsed parsed = { .length = frame_length(ctx) };
    struct counters *counters;

    frames++;
    if (frames % SAMPLE == 0) {
        struct sample sample = { frames, parsed.length };
        __u64 head = parsed.length < HEAD ? parsed.length : HEAD;

        if (bpf_perf_event_output(ctx, &samples, BPF_F_CURRENT_CPU | head << 32, &sample, sizeof(sample)))
            failures++;
    }
    if (parse(ctx, &parsed))
        return XDP_PASS;
    counters = bpf_map_lookup_elem(&flows, &parsed.flow);
    if (!counters) {
        struct counters fresh = { .first = frames, .shortest = ~0u, .ttl_least = 255 };

        count_packet(&fresh, &parsed);
        bpf_map_update_elem(&flows, &parsed.flow, &fresh, BPF_NOEXIST);
        return XDP_PASS;
    }
    count_packet(counters, &parsed);
    if (parsed.flow.protocol == IPPROTO_TCP && parsed.flags & 5) {
        send_record(&parsed.flow, counters, parsed.flags & 4 ? RESET : END);
        bpf_map_delete_elem(&flows, &parsed.flow);
    } else if (counters->packets - counters->exported >= ACTIVE_PACKETS) {
        counters->exported = counters->packets;
        send_record(&parsed.flow, counters, ACTIVE);
    }
    return XDP_PASS;
}

LICENSE("Dual MIT/GPL");
