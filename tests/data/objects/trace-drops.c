// SPDX-License-Identifier: MIT
// A small filter in the state in which people debug it: every drop is traced, with none to many values, by bpf_trace_printk and, with more
// than three, by bpf_trace_vprintk. What the calls answer is recorded.
#include "protocols.h"

enum { SHORT, BAD_VERSION, BAD_TTL, BLOCKED_PORT, FINE, REASONS };

TALLIES(REASONS);
RESULTS(4);

const volatile __u16 blocked_port = 19;

SEC("xdp")
int trace_drops(struct xdp_md *ctx)
{
    void *end = frame_end(ctx);
    struct ethhdr *eth = ethernet_of(ctx);
    struct iphdr *ip;

    if (!eth)
        return XDP_DROP;
    if (eth->h_proto != bpf_htons(ETH_P_IP))
        return XDP_PASS;
    ip = (void *)(eth + 1);
    if ((void *)(ip + 1) > end) {
        record(0, bpf_printk("short frame"));
        tally(ctx, SHORT);
        return XDP_DROP;
    }
    if (ip->version != 4) {
        record(1, bpf_printk("version %u of %llu bytes", ip->version, frame_length(ctx)));
        tally(ctx, BAD_VERSION);
        return XDP_DROP;
    }
    if (ip->ttl <= 1) {
        record(2, bpf_printk("ttl %d from %x to %x", ip->ttl, bpf_ntohl(ip->saddr), bpf_ntohl(ip->daddr)));
        tally(ctx, BAD_TTL);
        return XDP_DROP;
    }
    if (ip->protocol == IPPROTO_UDP && ip->ihl == 5) {
        struct udphdr *udp = (void *)(ip + 1);

        if ((void *)(udp + 1) <= end && udp->source == bpf_htons(blocked_port)) {
            record(3, bpf_printk("%x:%u to %x:%u, %lu bytes", bpf_ntohl(ip->saddr), bpf_ntohs(udp->source), bpf_ntohl(ip->daddr), bpf_ntohs(udp->dest), frame_length(ctx)));
            tally(ctx, BLOCKED_PORT);
            return XDP_DROP;
        }
    }
    tally(ctx, FINE);
    return XDP_PASS;
}

LICENSE("Dual MIT/GPL");
