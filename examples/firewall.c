// SPDX-License-Identifier: MIT
// Drops TCP and UDP by destination port. What to block is data: an entry in `blocked_ports` blocks its port and counts the drops, so rules
// change while the program runs. Anything that is not clearly a TCP or UDP packet passes: this firewall blocks ports, it does not judge.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1024);
    __type(key, __be16);  // the port as it is in the packet
    __type(value, __u64); // frames dropped
} blocked_ports SEC(".maps");

SEC("xdp")
int xdp_firewall(struct xdp_md *ctx)
{
    void *at = (void *)(long)ctx->data;
    void *end = (void *)(long)ctx->data_end;
    struct ethhdr *eth = at;
    struct udphdr *ports;
    __u8 protocol;
    __be16 port;
    __u64 *drops;

    // Nothing is read before the verifier has seen that it lies within the frame.
    at = eth + 1;
    if (at > end)
        return XDP_PASS;

    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = at;

        if ((void *)(ip + 1) > end || ip->ihl < 5)
            return XDP_PASS;
        // Only the first fragment carries ports.
        if (ip->frag_off & bpf_htons(0x1fff))
            return XDP_PASS;
        protocol = ip->protocol;
        at += ip->ihl * 4;
    } else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = at;

        if ((void *)(ip + 1) > end)
            return XDP_PASS;
        protocol = ip->nexthdr;
        at = ip + 1;
    } else {
        return XDP_PASS;
    }

    if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
        return XDP_PASS;

    // TCP and UDP begin alike: source port, destination port.
    ports = at;
    if ((void *)(&ports->dest + 1) > end)
        return XDP_PASS;

    // A key is looked up where the program keeps it, not in the frame.
    port = ports->dest;
    drops = bpf_map_lookup_elem(&blocked_ports, &port);
    if (!drops)
        return XDP_PASS;

    // The map is shared by all CPUs: add atomically.
    __sync_fetch_and_add(drops, 1);
    return XDP_DROP;
}

char _license[] SEC("license") = "MIT";
