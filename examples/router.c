// SPDX-License-Identifier: MIT
// Routes IPv4 by the first 24 bits of the destination: new addresses on the frame, one hop less to live, out of the route's interface. What has no
// route, or no hop left, passes: the host answers for that.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct route {
    __u32 ifindex;
    __u8 next_hop[ETH_ALEN];
    __u8 our_mac[ETH_ALEN];
    __u64 packets;
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __type(key, __be32); // the /24: its last byte is 0
    __type(value, struct route);
} routes SEC(".maps");

SEC("xdp")
int xdp_router(struct xdp_md *ctx)
{
    void *end = (void *)(long)ctx->data_end;
    struct ethhdr *eth = (void *)(long)ctx->data;
    struct iphdr *ip = (void *)(eth + 1);
    struct route *route;
    __be32 prefix;
    __u32 check;

    if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->version != 4 || ip->ihl < 5)
        return XDP_PASS;
    prefix = ip->daddr & bpf_htonl(0xffffff00);
    route = bpf_map_lookup_elem(&routes, &prefix);
    if (!route || ip->ttl <= 1)
        return XDP_PASS;

    // RFC 1624: the TTL is the upper byte of its word. One less there is one more in the checksum, and a carry comes in again at the bottom.
    ip->ttl--;
    check = ip->check + bpf_htons(0x0100);
    ip->check = check + (check >= 0xffff);

    __builtin_memcpy(eth->h_dest, route->next_hop, ETH_ALEN);
    __builtin_memcpy(eth->h_source, route->our_mac, ETH_ALEN);
    __sync_fetch_and_add(&route->packets, 1);
    return bpf_redirect(route->ifindex, 0);
}

char _license[] SEC("license") = "MIT";
