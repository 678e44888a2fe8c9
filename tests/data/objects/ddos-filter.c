// SPDX-License-Identifier: MIT
// A DDoS filter in stages, each a function with its own verdict: shape of the headers, blocked sources, fragments, reflected answers,
// SYN floods, and a rate per source. What a stage finds goes along in a description of the packet on the stack.
#include "protocols.h"

enum stage { CLEAN, MALFORMED, BLOCKED, FRAGMENT, REFLECTION, SYN_FLOOD, OVER_RATE, NOT_IP, STAGES };

struct packet {
    __be32 source[4];
    __be32 destination[4];
    __u16 source_port;
    __u16 destination_port;
    __u16 length;
    __u8 protocol;
    __u8 tcp_flags;
    __u8 is_ipv6;
    __u8 is_fragment;
    __u8 has_options;
    __u8 padding;
};

struct prefix4 {
    __u32 bits;
    __be32 address;
};

struct prefix6 {
    __u32 bits;
    __be32 address[4];
};

struct source {
    __u64 window;
    __u32 packets;
    __u32 syns;
};

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 1024);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct prefix4);
    __type(value, __u32);
} blocked4 SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 1024);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct prefix6);
    __type(value, __u32);
} blocked6 SEC(".maps");

struct source_key {
    __be32 address[4];
};

MAP(LRU_HASH, sources, struct source_key, struct source, 65536);
MAP(HASH, reflectors, __u16, __u32, 64);
MAP(ARRAY, clock, __u32, __u64, 1);
TALLIES(STAGES);

const volatile __u32 window_packets = 256;
const volatile __u32 max_packets = 20;
const volatile __u32 max_syns = 3;
const volatile __u8 drop_fragments = 1;

static __noinline int parse_transport(struct packet *packet, void *at, void *end)
{
    if (packet->is_fragment)
        return CLEAN;
    if (packet->protocol == IPPROTO_TCP) {
        struct tcphdr *tcp = at;

        if ((void *)(tcp + 1) > end || tcp->doff < 5)
            return MALFORMED;
        packet->source_port = bpf_ntohs(tcp->source);
        packet->destination_port = bpf_ntohs(tcp->dest);
        packet->tcp_flags = ((__u8 *)tcp)[13];
        packet->has_options = tcp->doff > 5;
        // No stack sends SYN with FIN or RST, or no flag at all.
        if (!packet->tcp_flags || (tcp->syn && (tcp->fin || tcp->rst)))
            return MALFORMED;
    } else if (packet->protocol == IPPROTO_UDP) {
        struct udphdr *udp = at;

        if ((void *)(udp + 1) > end)
            return MALFORMED;
        packet->source_port = bpf_ntohs(udp->source);
        packet->destination_port = bpf_ntohs(udp->dest);
        if (bpf_ntohs(udp->len) < sizeof(*udp))
            return MALFORMED;
    }
    return CLEAN;
}

static __noinline int is_blocked(const struct packet *packet)
{
    __u32 *rule;

    if (packet->is_ipv6) {
        struct prefix6 prefix = { .bits = 128 };

        __builtin_memcpy(prefix.address, packet->source, sizeof(prefix.address));
        rule = bpf_map_lookup_elem(&blocked6, &prefix);
    } else {
        struct prefix4 prefix = { 32, packet->source[0] };

        rule = bpf_map_lookup_elem(&blocked4, &prefix);
    }
    if (!rule)
        return 0;
    __sync_fetch_and_add(rule, 1);
    return 1;
}

// An answer that nobody asked for, from a service that is known to be abused.
static __noinline int is_reflection(const struct packet *packet)
{
    __u16 port = packet->source_port;
    __u32 *longest;

    if (packet->protocol != IPPROTO_UDP || packet->destination_port < 1024)
        return 0;
    longest = bpf_map_lookup_elem(&reflectors, &port);
    return longest && packet->length > *longest;
}

static __noinline int rate_of(const struct packet *packet, __u64 now)
{
    struct source_key key;
    struct source *source;
    __u64 window = now / window_packets;
    int is_syn = packet->protocol == IPPROTO_TCP && (packet->tcp_flags & 0x12) == 0x02;

    __builtin_memcpy(key.address, packet->source, sizeof(key.address));
    source = bpf_map_lookup_elem(&sources, &key);
    if (!source) {
        struct source fresh = { window, 1, is_syn };

        bpf_map_update_elem(&sources, &key, &fresh, BPF_NOEXIST);
        return CLEAN;
    }
    if (source->window != window) {
        source->window = window;
        source->packets = 0;
        source->syns = 0;
    }
    source->packets++;
    source->syns += is_syn;
    if (is_syn && (!packet->has_options || source->syns > max_syns))
        return SYN_FLOOD;
    return source->packets > max_packets ? OVER_RATE : CLEAN;
}

static __always_inline int inspect(struct xdp_md *ctx, struct packet *packet)
{
    void *end = frame_end(ctx), *at = frame_begin(ctx) + sizeof(struct ethhdr);
    struct ethhdr *eth = frame_begin(ctx);
    __u32 zero = 0;
    __u64 *now;
    int stage;

    if (at > end)
        return MALFORMED;
    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = at;

        if ((void *)(ip + 1) > end || ip->version != 4 || ip->ihl < 5 || bpf_ntohs(ip->tot_len) < ip->ihl * 4)
            return MALFORMED;
        packet->source[0] = ip->saddr;
        packet->destination[0] = ip->daddr;
        packet->protocol = ip->protocol;
        packet->is_fragment = (ip->frag_off & bpf_htons(IP_MF | IP_OFFSET)) != 0;
        at += ip->ihl * 4;
    } else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = at;

        if ((void *)(ip + 1) > end || ip->version != 6)
            return MALFORMED;
        __builtin_memcpy(packet->source, &ip->saddr, sizeof(packet->source));
        __builtin_memcpy(packet->destination, &ip->daddr, sizeof(packet->destination));
        packet->protocol = ip->nexthdr;
        packet->is_ipv6 = 1;
        packet->is_fragment = ip->nexthdr == 44;
        at += sizeof(*ip);
    } else {
        return NOT_IP;
    }
    if (is_blocked(packet))
        return BLOCKED;
    if (packet->is_fragment && drop_fragments)
        return FRAGMENT;
    stage = parse_transport(packet, at, end);
    if (stage != CLEAN)
        return stage;
    if (is_reflection(packet))
        return REFLECTION;
    now = bpf_map_lookup_elem(&clock, &zero);
    if (!now)
        return CLEAN;
    *now += 1;
    return rate_of(packet, *now);
}

SEC("xdp")
int ddos_filter(struct xdp_md *ctx)
{
    struct packet packet = { .length = frame_length(ctx) };
    int stage = inspect(ctx, &packet);

    if (stage < 0 || stage >= STAGES)
        return XDP_ABORTED;
    tally(ctx, stage);
    return stage == CLEAN || stage == NOT_IP ? XDP_PASS : XDP_DROP;
}

LICENSE("MIT");
