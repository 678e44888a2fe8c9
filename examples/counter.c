// SPDX-License-Identifier: MIT
// Counts packets and bytes by IP protocol number. Each CPU adds to a copy of its own, so plain adds do; who reads the map adds the copies up.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct traffic {
    __u64 packets;
    __u64 bytes;
};

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 256);
    __type(key, __u32); // IP protocol
    __type(value, struct traffic);
} by_protocol SEC(".maps");

SEC("xdp")
int xdp_counter(struct xdp_md *ctx)
{
    void *data = (void *)(long)ctx->data;
    void *end = (void *)(long)ctx->data_end;
    struct ethhdr *eth = data;
    struct traffic *traffic;
    __u32 protocol;

    if ((void *)(eth + 1) > end)
        return XDP_PASS;

    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = (void *)(eth + 1);

        if ((void *)(ip + 1) > end)
            return XDP_PASS;
        protocol = ip->protocol;
    } else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = (void *)(eth + 1);

        if ((void *)(ip + 1) > end)
            return XDP_PASS;
        protocol = ip->nexthdr;
    } else {
        return XDP_PASS;
    }

    traffic = bpf_map_lookup_elem(&by_protocol, &protocol);
    if (!traffic)
        return XDP_PASS;
    traffic->packets++;
    traffic->bytes += end - data;
    return XDP_PASS;
}

char _license[] SEC("license") = "MIT";
