// SPDX-License-Identifier: MIT
// A load balancer for TCP and UDP over IPv4: a frame to one of `services` is put into another IPv4 packet, addressed to one of `backends`,
// and sent back out of the port it came from. Which backend is the best of a draw that each takes part in (rendezvous hashing): the same flow
// always draws the same, nothing is remembered about flows, and a backend that goes away moves no flows but its own.
//
//   before                         Ethernet | IPv4 | TCP or UDP ...
//   after     Ethernet | IPv4, protocol 4   | IPv4 | TCP or UDP ...
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum { BACKENDS = 8, LONGEST = 65535 - sizeof(struct iphdr) };

struct service {
    __be32 address;
    __be16 port;
    __u8 protocol;
    __u8 zero;
};

struct backend {
    __be32 address; // 0: nobody
    __u8 mac[ETH_ALEN];
    __u8 unused[6];
    __u64 packets;
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 64);
    __type(key, struct service);
    __type(value, __be32); // the address that outer packets come from
} services SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, BACKENDS);
    __type(key, __u32);
    __type(value, struct backend);
} backends SEC(".maps");

// The end of MurmurHash3: every bit of the input turns over about half of those of the result.
static __always_inline __u32 mix(__u32 x)
{
    x ^= x >> 16;
    x *= 0x85ebca6b;
    x ^= x >> 13;
    x *= 0xc2b2ae35;
    return x ^ x >> 16;
}

static __always_inline struct backend *choose(__u32 flow)
{
    struct backend *best = 0;
    __u32 highest = 0;

    for (__u32 i = 0; i < BACKENDS; i++) {
        __u32 slot = i;
        struct backend *backend = bpf_map_lookup_elem(&backends, &slot);
        __u32 draw;

        if (!backend || !backend->address)
            continue;
        draw = mix(flow ^ mix(backend->address));
        if (!best || draw > highest) {
            best = backend;
            highest = draw;
        }
    }
    return best;
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

SEC("xdp")
int xdp_balancer(struct xdp_md *ctx)
{
    void *end = (void *)(long)ctx->data_end;
    struct ethhdr *eth = (void *)(long)ctx->data;
    struct iphdr *ip = (void *)(eth + 1);
    struct service service = {};
    struct iphdr outer = {};
    struct backend *backend;
    struct udphdr *ports;
    __u8 our_mac[ETH_ALEN];
    __be32 *source;
    __u32 flow;

    if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->version != 4 || ip->ihl < 5)
        return XDP_PASS;
    if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
        return XDP_PASS;
    // Fragments but the first have no ports, and all must go the same way: none is balanced.
    if (ip->frag_off & bpf_htons(0x3fff) || bpf_ntohs(ip->tot_len) > LONGEST)
        return XDP_PASS;
    ports = (void *)ip + ip->ihl * 4;
    if ((void *)(&ports->dest + 1) > end)
        return XDP_PASS;

    service.address = ip->daddr;
    service.port = ports->dest;
    service.protocol = ip->protocol;
    source = bpf_map_lookup_elem(&services, &service);
    if (!source)
        return XDP_PASS;

    flow = mix(ip->saddr ^ mix(ip->daddr ^ mix((__u32)ports->source << 16 ^ ports->dest ^ (__u32)ip->protocol << 8)));
    backend = choose(flow);
    if (!backend)
        return XDP_DROP;

    outer.version = 4;
    outer.ihl = 5;
    outer.tos = ip->tos;
    outer.tot_len = bpf_htons(bpf_ntohs(ip->tot_len) + sizeof(outer));
    outer.frag_off = ip->frag_off & bpf_htons(0x4000);
    outer.ttl = 64;
    outer.protocol = IPPROTO_IPIP;
    outer.saddr = *source;
    outer.daddr = backend->address;
    outer.check = checksum_of(&outer);
    __builtin_memcpy(our_mac, eth->h_dest, ETH_ALEN);

    // The frame moves: what pointed into it does no more.
    if (bpf_xdp_adjust_head(ctx, -(int)sizeof(outer)))
        return XDP_DROP;
    end = (void *)(long)ctx->data_end;
    eth = (void *)(long)ctx->data;
    ip = (void *)(eth + 1);
    if ((void *)(ip + 1) > end)
        return XDP_DROP;
    __builtin_memcpy(eth->h_dest, backend->mac, ETH_ALEN);
    __builtin_memcpy(eth->h_source, our_mac, ETH_ALEN);
    eth->h_proto = bpf_htons(ETH_P_IP);
    *ip = outer;
    __sync_fetch_and_add(&backend->packets, 1);
    return XDP_TX;
}

char _license[] SEC("license") = "MIT";
