// SPDX-License-Identifier: MIT
// Answers a SYN with a SYN-ACK whose sequence number is a SipHash of the connection, and lets an ACK through only if it proves that number.
#include "object.h"

RESULTS(8);

const volatile __u64 secret[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

#define ROTATE(X, BY) ((X) << (BY) | (X) >> (64 - (BY)))
#define ROUND(V0, V1, V2, V3)                                                        \
    do {                                                                             \
        V0 += V1; V1 = ROTATE(V1, 13); V1 ^= V0; V0 = ROTATE(V0, 32);                \
        V2 += V3; V3 = ROTATE(V3, 16); V3 ^= V2;                                     \
        V0 += V3; V3 = ROTATE(V3, 21); V3 ^= V0;                                     \
        V2 += V1; V1 = ROTATE(V1, 17); V1 ^= V2; V2 = ROTATE(V2, 32);                \
    } while (0)

// SipHash-2-4 of 16 bytes.
static __noinline __u64 siphash(__u64 first, __u64 second)
{
    __u64 v0 = secret[0] ^ 0x736f6d6570736575, v1 = secret[1] ^ 0x646f72616e646f6d;
    __u64 v2 = secret[0] ^ 0x6c7967656e657261, v3 = secret[1] ^ 0x7465646279746573;
    __u64 last = 16ull << 56;

    v3 ^= first;
    ROUND(v0, v1, v2, v3); ROUND(v0, v1, v2, v3);
    v0 ^= first;
    v3 ^= second;
    ROUND(v0, v1, v2, v3); ROUND(v0, v1, v2, v3);
    v0 ^= second;
    v3 ^= last;
    ROUND(v0, v1, v2, v3); ROUND(v0, v1, v2, v3);
    v0 ^= last;
    v2 ^= 0xff;
    ROUND(v0, v1, v2, v3); ROUND(v0, v1, v2, v3); ROUND(v0, v1, v2, v3); ROUND(v0, v1, v2, v3);
    return v0 ^ v1 ^ v2 ^ v3;
}

static __always_inline __u16 fold(__u64 sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

SEC("xdp")
int prove_connections(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct iphdr *ip = ipv4_of(ctx);
    struct tcphdr *tcp;
    __u32 cookie, pseudo[3];
    __u8 address[ETH_ALEN];
    __be32 swapped;
    __be16 port;

    if (!eth || !ip || ip->protocol != IPPROTO_TCP)
        return XDP_PASS;
    tcp = (void *)(ip + 1);
    if ((void *)(tcp + 1) > frame_end(ctx))
        return XDP_DROP;

    if (tcp->ack && !tcp->syn) {
        cookie = siphash((__u64)ip->saddr << 32 | ip->daddr, (__u64)tcp->source << 16 | tcp->dest);
        count(tcp->ack_seq == bpf_htonl(cookie + 1) ? 0 : 1);
        return tcp->ack_seq == bpf_htonl(cookie + 1) ? XDP_PASS : XDP_DROP;
    }
    if (!tcp->syn || tcp->ack)
        return XDP_PASS;

    cookie = siphash((__u64)ip->saddr << 32 | ip->daddr, (__u64)tcp->source << 16 | tcp->dest);
    record(2, cookie);
    tcp->ack_seq = bpf_htonl(bpf_ntohl(tcp->seq) + 1);
    tcp->seq = bpf_htonl(cookie);
    tcp->ack = 1;
    tcp->doff = 5;
    tcp->window = bpf_htons(64240);
    port = tcp->source;
    tcp->source = tcp->dest;
    tcp->dest = port;
    swapped = ip->saddr;
    ip->saddr = ip->daddr;
    ip->daddr = swapped;
    __builtin_memcpy(address, eth->h_source, ETH_ALEN);
    __builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
    __builtin_memcpy(eth->h_dest, address, ETH_ALEN);

    // Without options or payload.
    ip->tot_len = bpf_htons(sizeof(*ip) + sizeof(*tcp));
    ip->check = 0;
    ip->check = ~fold(bpf_csum_diff(NULL, 0, (__be32 *)ip, sizeof(*ip), 0));
    pseudo[0] = ip->saddr;
    pseudo[1] = ip->daddr;
    pseudo[2] = bpf_htonl(IPPROTO_TCP << 16 | (__u32)sizeof(*tcp));
    tcp->check = 0;
    tcp->check = ~fold(bpf_csum_diff(NULL, 0, (__be32 *)tcp, sizeof(*tcp), bpf_csum_diff(NULL, 0, pseudo, sizeof(pseudo), 0)));
    record(3, bpf_xdp_adjust_tail(ctx, (int)(ETH_HLEN + sizeof(*ip) + sizeof(*tcp)) - (int)frame_length(ctx)));
    return XDP_TX;
}

LICENSE("MIT");
