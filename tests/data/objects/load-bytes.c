// SPDX-License-Identifier: MIT
// A router's work without a packet pointer: headers loaded, TTL or hop limit lowered, stored back. What lies beyond a frame is asked for too.
#include "object.h"

RESULTS(10);

static __always_inline int route_ipv4(struct xdp_md *ctx, __u32 at)
{
    struct iphdr ip;
    __u32 sum;

    if (bpf_xdp_load_bytes(ctx, at, &ip, sizeof(ip)))
        return XDP_DROP;
    record(1, ip.saddr);
    if (ip.ttl <= 1)
        return XDP_ABORTED;
    sum = ip.check + bpf_htons(0x0100);
    ip.check = sum + (sum >= 0xffff);
    ip.ttl--;
    return bpf_xdp_store_bytes(ctx, at, &ip, sizeof(ip)) ? XDP_DROP : XDP_TX;
}

static __always_inline int route_ipv6(struct xdp_md *ctx, __u32 at)
{
    __u32 where = at + offsetof(struct ipv6hdr, hop_limit);
    __u8 hops;

    if (bpf_xdp_load_bytes(ctx, where, &hops, sizeof(hops)))
        return XDP_DROP;
    if (hops <= 1)
        return XDP_ABORTED;
    hops--;
    return bpf_xdp_store_bytes(ctx, where, &hops, sizeof(hops)) ? XDP_DROP : XDP_TX;
}

SEC("xdp")
int route(struct xdp_md *ctx)
{
    __u64 length = bpf_xdp_get_buff_len(ctx);
    __u8 last[16] = {};
    __be16 protocol = 0;
    __u32 at = sizeof(struct ethhdr) - sizeof(protocol);
    long answer;

    record(0, length);
    // The last bytes, some of them not there, none of them, and offsets that no frame reaches.
    answer = bpf_xdp_load_bytes(ctx, length - sizeof(last), last, sizeof(last));
    record(2, answer);
    record(3, answer ? 0 : *(__u64 *)last ^ *(__u64 *)(last + 8));
    record(4, bpf_xdp_load_bytes(ctx, length - sizeof(last) + 1, last, sizeof(last)));
    record(5, bpf_xdp_store_bytes(ctx, length, last, 1));
    record(6, bpf_xdp_load_bytes(ctx, 0xffff, last, 1));
    record(7, bpf_xdp_load_bytes(ctx, 0x10000, last, 1));
    record(8, bpf_xdp_store_bytes(ctx, -1, last, 1));

    for (int tags = 0; tags < 3; tags++) {
        if (bpf_xdp_load_bytes(ctx, at, &protocol, sizeof(protocol)))
            return XDP_DROP;
        at += sizeof(protocol);
        if (protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD))
            break;
        at += sizeof(protocol);
    }
    record(9, at);
    if (protocol == bpf_htons(ETH_P_IP))
        return route_ipv4(ctx, at);
    if (protocol == bpf_htons(ETH_P_IPV6))
        return route_ipv6(ctx, at);
    return XDP_PASS;
}

LICENSE("GPL");
