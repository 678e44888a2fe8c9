// SPDX-License-Identifier: MIT
// Spreads flows over backends: Jenkins' hash of the 5-tuple picks from an array, the destination is rewritten, backends count what they get.
// The number of backends is data, so that the modulus is not a constant.
#include "object.h"

struct backend {
    __be32 address;
    __u8 mac[ETH_ALEN];
    __u16 weight;
    __u64 packets;
    __u64 bytes;
};

MAP(ARRAY, backends, __u32, struct backend, 16);
RESULTS(4);

__u32 backend_count = 5;

#define ROTATE(X, BY) ((X) << (BY) | (X) >> (32 - (BY)))

static __always_inline __u32 hash_of(__u32 a, __u32 b, __u32 c)
{
    a += 0xdeadbeef;
    b += 0xdeadbeef;
    c += 0xdeadbeef;
    c ^= b; c -= ROTATE(b, 14);
    a ^= c; a -= ROTATE(c, 11);
    b ^= a; b -= ROTATE(a, 25);
    c ^= b; c -= ROTATE(b, 16);
    a ^= c; a -= ROTATE(c, 4);
    b ^= a; b -= ROTATE(a, 14);
    c ^= b; c -= ROTATE(b, 24);
    return c;
}

SEC("xdp")
int balance(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct iphdr *ip = ipv4_of(ctx);
    struct backend *backend;
    __u32 hash, slot, sum;
    __be32 *ports;

    if (!eth || !ip || (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP))
        return XDP_PASS;
    ports = (void *)(ip + 1);
    if ((void *)(ports + 1) > frame_end(ctx))
        return XDP_DROP;
    hash = hash_of(ip->saddr, *ports, ip->daddr ^ ip->protocol);
    record(0, hash);
    slot = hash % backend_count;
    record(1, slot);
    backend = bpf_map_lookup_elem(&backends, &slot);
    if (!backend)
        return XDP_ABORTED;
    backend->packets++;
    backend->bytes += frame_length(ctx);
    if (!backend->address)
        return XDP_DROP;

    ip->daddr = backend->address;
    ip->ttl--;
    __builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
    __builtin_memcpy(eth->h_dest, backend->mac, ETH_ALEN);
    ip->check = 0;
    sum = 0;
#pragma unroll
    for (int i = 0; i < 10; i++)
        sum += ((__u16 *)ip)[i];
    sum = (sum & 0xffff) + (sum >> 16);
    ip->check = ~(sum + (sum >> 16));
    return XDP_TX;
}

LICENSE("MIT");
