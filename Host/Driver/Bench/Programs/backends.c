// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What `chainring bench backends` measures: programs shaped like the ones that XDP is measured with. Sizes of maps are those of the small
// ones; the bench creates larger ones too. Programs only read them, but for the counts of `xdp1` and `xdp2`, which each CPU has for itself.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_TAGS 2

struct vlan_header {
    __be16 tag;
    __be16 protocol;
};

struct five_tuple {
    __be32 source, dest;
    __be16 source_port, dest_port;
    __u8 protocol;
    __u8 zero[3];
};

struct neighbour {
    __u8 mac[ETH_ALEN];
    __u8 our_mac[ETH_ALEN];
};

struct backend {
    __be32 address;
    __u8 mac[ETH_ALEN];
    __u8 unused[6];
};

struct prefix {
    __u32 length; // bits
    __be32 address;
};

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 256);
    __type(key, __u32);   // what IP carries, 0 for what is not IP
    __type(value, __u64); // packets
} by_protocol SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __type(key, struct five_tuple);
    __type(value, __u64); // number of the rule
} listed SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1024);
    __type(key, __u32);
    __type(value, struct backend);
} backends SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 1024);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct prefix);
    __type(value, struct neighbour);
} routes SEC(".maps");

// Entries of `backends` less one, and all bits of it are ones.
__u32 backend_mask;

// What is behind Ethernet and so many tags at most, and its type; 0 if the frame ends before.
static __always_inline void *network_of(struct xdp_md *ctx, int tags, __be16 *type)
{
    void *at = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
    struct ethhdr *eth = at;

    at = eth + 1;
    if (at > end)
        return 0;
    *type = eth->h_proto;

#pragma unroll
    for (int n = 0; n < tags; n++) {
        struct vlan_header *vlan = at;

        if (*type != bpf_htons(ETH_P_8021Q) && *type != bpf_htons(ETH_P_8021AD))
            break;
        at = vlan + 1;
        if (at > end)
            return 0;
        *type = vlan->protocol;
    }
    return at;
}

// An IPv4 header of which all but the options is there; else 0.
static __always_inline struct iphdr *ipv4_of(struct xdp_md *ctx, int tags)
{
    void *end = (void *)(long)ctx->data_end;
    __be16 type;
    struct iphdr *ip = network_of(ctx, tags, &type);

    if (!ip || type != bpf_htons(ETH_P_IP) || (void *)(ip + 1) > end || ip->version != 4 || ip->ihl < 5)
        return 0;
    return ip;
}

// The IPv4 header of a TCP or UDP packet that has its ports, which fragments but the first have not; else 0.
static __always_inline struct iphdr *flow_of(struct xdp_md *ctx, int tags, struct five_tuple *flow)
{
    void *end = (void *)(long)ctx->data_end;
    struct iphdr *ip = ipv4_of(ctx, tags);
    struct udphdr *ports;

    if (!ip || ip->frag_off & bpf_htons(0x1fff))
        return 0;
    if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
        return 0;
    // TCP and UDP begin alike: source port, destination port.
    ports = (void *)ip + ip->ihl * 4;
    if ((void *)(&ports->dest + 1) > end)
        return 0;
    __builtin_memset(flow, 0, sizeof(*flow));
    flow->source = ip->saddr;
    flow->dest = ip->daddr;
    flow->source_port = ports->source;
    flow->dest_port = ports->dest;
    flow->protocol = ip->protocol;
    return ip;
}

// Counts a frame by what its IP carries; 0 for one that ends before that is known.
static __always_inline int count(struct xdp_md *ctx)
{
    void *end = (void *)(long)ctx->data_end;
    __be16 type;
    void *at = network_of(ctx, MAX_TAGS, &type);
    __u32 protocol = 0;
    __u64 *packets;

    if (!at)
        return 0;
    if (type == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = at;

        if ((void *)(ip + 1) > end)
            return 0;
        protocol = ip->protocol;
    } else if (type == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = at;

        if ((void *)(ip + 1) > end)
            return 0;
        protocol = ip->nexthdr;
    }
    packets = bpf_map_lookup_elem(&by_protocol, &protocol);
    if (packets)
        (*packets)++;
    return 1;
}

SEC("xdp")
int empty(struct xdp_md *ctx)
{
    (void)ctx;
    return XDP_DROP;
}

SEC("xdp")
int xdp1(struct xdp_md *ctx)
{
    count(ctx);
    return XDP_DROP;
}

SEC("xdp")
int xdp2(struct xdp_md *ctx)
{
    struct ethhdr *eth = (void *)(long)ctx->data;
    __u8 mac[ETH_ALEN];

    if (!count(ctx) || (void *)(eth + 1) > (void *)(long)ctx->data_end)
        return XDP_DROP;
    __builtin_memcpy(mac, eth->h_source, ETH_ALEN);
    __builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
    __builtin_memcpy(eth->h_dest, mac, ETH_ALEN);
    return XDP_TX;
}

SEC("xdp")
int firewall(struct xdp_md *ctx)
{
    struct five_tuple flow;

    if (!flow_of(ctx, MAX_TAGS, &flow))
        return XDP_PASS;
    return bpf_map_lookup_elem(&listed, &flow) ? XDP_DROP : XDP_PASS;
}

// The end of MurmurHash3: every bit of the input turns over about half of those of the result.
static __always_inline __u32 mix(__u32 x)
{
    x ^= x >> 16;
    x *= 0x85ebca6b;
    x ^= x >> 13;
    x *= 0xc2b2ae35;
    return x ^ x >> 16;
}

static __always_inline __u16 checksum_of(const struct iphdr *ip)
{
    const __u16 *words = (const void *)ip;
    __u32 sum = 0;

#pragma unroll
    for (int i = 0; i < 10; i++)
        sum += words[i];
    sum = (sum & 0xffff) + (sum >> 16);
    return ~(sum + (sum >> 16));
}

// Puts a packet without tags into another one, to the backend that its flow hashes to.
SEC("xdp")
int balancer(struct xdp_md *ctx)
{
    struct ethhdr *eth = (void *)(long)ctx->data;
    struct five_tuple flow;
    struct iphdr *ip = flow_of(ctx, 0, &flow);
    struct backend *backend;
    struct iphdr outer = {};
    __u8 our_mac[ETH_ALEN];
    __u32 slot;

    if (!ip || (void *)(eth + 1) > (void *)(long)ctx->data_end)
        return XDP_PASS;
    slot = mix(flow.source ^ mix(flow.dest ^ mix((__u32)flow.source_port << 16 ^ flow.dest_port ^ (__u32)flow.protocol << 8)));
    slot &= backend_mask;
    backend = bpf_map_lookup_elem(&backends, &slot);
    if (!backend)
        return XDP_DROP;

    outer.version = 4;
    outer.ihl = 5;
    outer.tot_len = bpf_htons(bpf_ntohs(ip->tot_len) + sizeof(outer));
    outer.ttl = 64;
    outer.protocol = IPPROTO_IPIP;
    outer.saddr = ip->daddr;
    outer.daddr = backend->address;
    outer.check = checksum_of(&outer);
    __builtin_memcpy(our_mac, eth->h_dest, ETH_ALEN);

    // The frame moves: what pointed into it does no more.
    if (bpf_xdp_adjust_head(ctx, -(int)sizeof(outer)))
        return XDP_DROP;
    eth = (void *)(long)ctx->data;
    ip = (void *)(eth + 1);
    if ((void *)(ip + 1) > (void *)(long)ctx->data_end)
        return XDP_DROP;
    __builtin_memcpy(eth->h_dest, backend->mac, ETH_ALEN);
    __builtin_memcpy(eth->h_source, our_mac, ETH_ALEN);
    eth->h_proto = bpf_htons(ETH_P_IP);
    *ip = outer;
    return XDP_TX;
}

SEC("xdp")
int router(struct xdp_md *ctx)
{
    struct ethhdr *eth = (void *)(long)ctx->data;
    struct iphdr *ip = ipv4_of(ctx, MAX_TAGS);
    struct prefix prefix = { .length = 32 };
    struct neighbour *next;
    __u32 check;

    if (!ip || (void *)(eth + 1) > (void *)(long)ctx->data_end || ip->ttl <= 1)
        return XDP_PASS;
    prefix.address = ip->daddr;
    next = bpf_map_lookup_elem(&routes, &prefix);
    if (!next)
        return XDP_PASS;

    // RFC 1624: the TTL is the upper byte of its word. One less there is one more in the checksum, and a carry comes in again at the bottom.
    ip->ttl--;
    check = ip->check + bpf_htons(0x0100);
    ip->check = check + (check >= 0xffff);
    __builtin_memcpy(eth->h_dest, next->mac, ETH_ALEN);
    __builtin_memcpy(eth->h_source, next->our_mac, ETH_ALEN);
    return XDP_TX;
}

char _license[] SEC("license") = "Dual MIT/GPL";
