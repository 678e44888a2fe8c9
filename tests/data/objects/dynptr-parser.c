// SPDX-License-Identifier: Dual MIT/GPL
// A forwarder that reads headers as slices of one dynamic pointer, wherever they begin: VLAN tags, both IP versions, IPv4 options, TCP options one by
// one. The hop limit is lowered and the addresses of the link are swapped in writable slices; where a slice is a copy, it is written back.
#include <stdbool.h>
#include "dynptr.h"

enum { MAX_TAGS = 2, MAX_OPTIONS = 20, OPTION_END = 0, OPTION_NOTHING = 1, OPTION_MSS = 2, ECHO_PORT = 7 };

struct vlan {
    __be16 tci;
    __be16 protocol;
};

struct ports {
    __be16 source;
    __be16 destination;
};

MAP(HASH, frames_by_port, __be16, __u64, 65536);
RESULTS(10);

static void count_port(__be16 port)
{
    __u64 one = 1, *frames = bpf_map_lookup_elem(&frames_by_port, &port);

    if (frames)
        ++*frames;
    else
        bpf_map_update_elem(&frames_by_port, &port, &one, BPF_ANY);
}

// The options in [at, end): their kinds as bits, and the segment size if there is one.
static int read_options(struct bpf_dynptr *frame, __u32 at, __u32 end)
{
    struct bpf_dynptr options;
    __u32 kinds = 0;
    __u8 buffer[4], *option;
    int n;

    if (bpf_dynptr_clone(frame, &options) || bpf_dynptr_adjust(&options, at, end))
        return -1;
    for (n = 0; n < MAX_OPTIONS; n++) {
        __u32 size;

        option = bpf_dynptr_slice(&options, 0, buffer, 1);
        if (!option || *option == OPTION_END)
            break;
        kinds |= 1u << (*option & 31);
        if (*option == OPTION_NOTHING) {
            size = 1;
        } else {
            option = bpf_dynptr_slice(&options, 0, buffer, 2);
            if (!option || option[1] < 2)
                return -1;
            size = option[1];
            if (*option == OPTION_MSS && (option = bpf_dynptr_slice(&options, 0, buffer, 4)))
                record(4, option[2] << 8 | option[3]);
        }
        if (bpf_dynptr_adjust(&options, size, bpf_dynptr_size(&options)))
            return -1;
    }
    record(5, kinds);
    record(6, bpf_dynptr_size(&options));
    return 0;
}

// Lowers the hop limit of either version; IPv4's checksum follows.
static bool lower_hops(struct bpf_dynptr *frame, __u32 at, bool six)
{
    __u8 buffer[sizeof(struct ipv6hdr)] = {};

    if (six) {
        struct ipv6hdr *ip = bpf_dynptr_slice_rdwr(frame, at, buffer, sizeof(*ip));

        if (!ip || ip->hop_limit <= 1)
            return false;
        ip->hop_limit--;
        if ((void *)ip == buffer)
            return !bpf_dynptr_write(frame, at, buffer, sizeof(*ip), 0);
    } else {
        struct iphdr *ip = bpf_dynptr_slice_rdwr(frame, at, buffer, sizeof(*ip));
        __u32 sum;

        if (!ip || ip->ttl <= 1)
            return false;
        sum = ip->check + bpf_htons(0x0100);
        ip->check = sum + (sum >= 0xffff);
        ip->ttl--;
        if ((void *)ip == buffer)
            return !bpf_dynptr_write(frame, at, buffer, sizeof(*ip), 0);
    }
    return true;
}

static int swap_addresses(struct bpf_dynptr *frame)
{
    __u8 buffer[sizeof(struct ethhdr)] = {}, mac[ETH_ALEN];
    struct ethhdr *eth = bpf_dynptr_slice_rdwr(frame, 0, buffer, sizeof(*eth));

    if (!eth)
        return XDP_ABORTED;
    __builtin_memcpy(mac, eth->h_dest, ETH_ALEN);
    __builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
    __builtin_memcpy(eth->h_source, mac, ETH_ALEN);
    if ((void *)eth == buffer && bpf_dynptr_write(frame, 0, buffer, sizeof(*eth), 0))
        return XDP_ABORTED;
    return XDP_TX;
}

SEC("xdp")
int forward(struct xdp_md *ctx)
{
    __u8 buffer[sizeof(struct ipv6hdr)] = {}, protocol;
    struct bpf_dynptr frame;
    struct ethhdr *eth;
    struct ports *ports;
    __u32 at = sizeof(*eth), network;
    __be16 type;
    int n;

    if (bpf_dynptr_from_xdp(ctx, 0, &frame))
        return XDP_ABORTED;
    record(0, bpf_dynptr_size(&frame));
    record(1, is_null(&frame) << 1 | is_read_only(&frame));
    eth = bpf_dynptr_slice(&frame, 0, buffer, sizeof(*eth));
    if (!eth)
        return XDP_DROP;
    type = eth->h_proto;
    for (n = 0; n < MAX_TAGS && (type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD)); n++) {
        struct vlan *tag = bpf_dynptr_slice(&frame, at, buffer, sizeof(*tag));

        if (!tag)
            return XDP_DROP;
        type = tag->protocol;
        at += sizeof(*tag);
    }
    network = at;
    if (type == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = bpf_dynptr_slice(&frame, at, buffer, sizeof(*ip));

        if (!ip || ip->version != 4 || ip->ihl < 5)
            return XDP_DROP;
        protocol = ip->protocol;
        at += ip->ihl * 4;
        if (ip->frag_off & bpf_htons(0x1fff))
            protocol = IPPROTO_FRAGMENT;
    } else if (type == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = bpf_dynptr_slice(&frame, at, buffer, sizeof(*ip));

        if (!ip || ip->version != 6)
            return XDP_DROP;
        protocol = ip->nexthdr;
        at += sizeof(*ip);
    } else {
        return XDP_PASS;
    }
    record(2, at);
    record(3, protocol);
    if (protocol == IPPROTO_TCP) {
        struct tcphdr *tcp = bpf_dynptr_slice(&frame, at, buffer, sizeof(*tcp));

        if (!tcp || tcp->doff < 5)
            return XDP_DROP;
        if (read_options(&frame, at + sizeof(*tcp), at + tcp->doff * 4))
            return XDP_DROP;
    }
    if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP) {
        ports = bpf_dynptr_slice(&frame, at, buffer, sizeof(*ports));
        if (!ports)
            return XDP_DROP;
        count_port(ports->destination);
        if (ports->destination == bpf_htons(ECHO_PORT))
            return XDP_DROP;
    }
    if (!lower_hops(&frame, network, type == bpf_htons(ETH_P_IPV6)))
        return XDP_DROP;
    return swap_addresses(&frame);
}

LICENSE("Dual MIT/GPL");
