// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What `chainring bench chain` measures: stages that do nothing, the same with a tail call to the next one, and two programs that parse a
// frame down to its ports and abort one that has none. None changes a frame, so that it can run over the same one again and again.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_TAGS 2
#define FLOWS 4096

struct vlan_header {
    __be16 tag;
    __be16 protocol;
};

struct flow {
    __u64 packets;
    __u64 bytes;
};

// Each program that is loaded gets an array of its own: slot 0 is what follows it.
struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u32);
} next SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 65536);
    __type(key, __u32);   // destination port
    __type(value, __u64); // packets
} by_port SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, FLOWS);
    __type(key, __u32); // what the ports and the protocol hash to
    __type(value, struct flow);
} by_flow SEC(".maps");

struct l4 {
    __u16 source, dest;
    __u8 protocol;
};

// Ethernet, up to two tags, IPv4 or IPv6, TCP or UDP. 0 if the frame is something else.
static __always_inline int parse(struct xdp_md *ctx, struct l4 *l4)
{
    void *at = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
    struct ethhdr *eth = at;
    struct udphdr *ports;
    __be16 protocol;

    at = eth + 1;
    if (at > end)
        return 0;
    protocol = eth->h_proto;

#pragma unroll
    for (int n = 0; n < MAX_TAGS; n++) {
        struct vlan_header *vlan = at;

        if (protocol != bpf_htons(ETH_P_8021Q) && protocol != bpf_htons(ETH_P_8021AD))
            break;
        at = vlan + 1;
        if (at > end)
            return 0;
        protocol = vlan->protocol;
    }

    if (protocol == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = at;

        if ((void *)(ip + 1) > end || ip->ihl < 5 || (ip->frag_off & bpf_htons(0x1fff)))
            return 0;
        l4->protocol = ip->protocol;
        at += ip->ihl * 4;
    } else if (protocol == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = at;

        if ((void *)(ip + 1) > end)
            return 0;
        l4->protocol = ip->nexthdr;
        at = ip + 1;
    } else {
        return 0;
    }
    if (l4->protocol != IPPROTO_TCP && l4->protocol != IPPROTO_UDP)
        return 0;

    // TCP and UDP begin alike: source port, destination port.
    ports = at;
    if ((void *)(&ports->dest + 1) > end)
        return 0;
    l4->source = bpf_ntohs(ports->source);
    l4->dest = bpf_ntohs(ports->dest);
    return 1;
}

static __always_inline int count_port(struct xdp_md *ctx)
{
    struct l4 l4;
    __u32 key;
    __u64 *packets;

    if (!parse(ctx, &l4))
        return XDP_ABORTED;
    key = l4.dest;
    packets = bpf_map_lookup_elem(&by_port, &key);
    if (!packets)
        return XDP_ABORTED;
    (*packets)++;
    return XDP_PASS;
}

static __always_inline int count_flow(struct xdp_md *ctx)
{
    struct l4 l4;
    struct flow *flow;
    __u32 key;

    if (!parse(ctx, &l4))
        return XDP_ABORTED;
    key = ((l4.source * 31 + l4.dest) * 31 + l4.protocol) % FLOWS;
    flow = bpf_map_lookup_elem(&by_flow, &key);
    if (!flow)
        return XDP_ABORTED;
    flow->packets++;
    flow->bytes += ctx->data_end - ctx->data;
    return XDP_PASS;
}

SEC("xdp")
int drop(struct xdp_md *ctx)
{
    (void)ctx;
    return XDP_DROP;
}

SEC("xdp")
int pass(struct xdp_md *ctx)
{
    (void)ctx;
    return XDP_PASS;
}

// The slot is a constant: Linux' JIT makes a direct jump of the call.
SEC("xdp")
int drop_or_call(struct xdp_md *ctx)
{
    bpf_tail_call(ctx, &next, 0);
    return XDP_DROP;
}

SEC("xdp")
int pass_or_call(struct xdp_md *ctx)
{
    bpf_tail_call(ctx, &next, 0);
    return XDP_PASS;
}

// The slot is known only when the call is made, and so is the jump's target. The frame came through queue 0.
SEC("xdp")
int drop_or_call_any(struct xdp_md *ctx)
{
    bpf_tail_call(ctx, &next, ctx->rx_queue_index);
    return XDP_DROP;
}

SEC("xdp")
int pass_or_call_any(struct xdp_md *ctx)
{
    bpf_tail_call(ctx, &next, ctx->rx_queue_index);
    return XDP_PASS;
}

SEC("xdp")
int ports(struct xdp_md *ctx)
{
    return count_port(ctx);
}

SEC("xdp")
int flows(struct xdp_md *ctx)
{
    return count_flow(ctx);
}

SEC("xdp")
int ports_or_call(struct xdp_md *ctx)
{
    if (count_port(ctx) != XDP_PASS)
        return XDP_ABORTED;
    bpf_tail_call(ctx, &next, 0);
    return XDP_ABORTED;
}

SEC("xdp")
int ports_or_call_any(struct xdp_md *ctx)
{
    if (count_port(ctx) != XDP_PASS)
        return XDP_ABORTED;
    bpf_tail_call(ctx, &next, ctx->rx_queue_index);
    return XDP_ABORTED;
}

char _license[] SEC("license") = "Dual MIT/GPL";
