// SPDX-License-Identifier: MIT
// A capture tap for the `drop` edge of another program: remembers the last 64 frames that came this way, and how many there were, then
// drops them as the other program meant to. `taken` is where the ring stands: frame number n, counted from 0, is in slot n % 64.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum { SLOTS = 64 }; // a power of two

struct taken_frame {
    __u64 number;
    __u8 source[16];      // IPv4 in the first four bytes
    __u8 destination[16];
    __be16 source_port;
    __be16 destination_port;
    __be16 ethertype;
    __u8 protocol;
    __u8 unused;
    __u32 length;         // of the frame, as it arrived here
    __u32 unused2;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} taken SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, SLOTS);
    __type(key, __u32);
    __type(value, struct taken_frame);
} last_taken SEC(".maps");

// Fills in what the frame has; what it lacks stays zero.
static __always_inline void describe(struct taken_frame *frame, void *at, void *end)
{
    struct ethhdr *eth = at;
    struct udphdr *ports;

    frame->length = end - at;
    at = eth + 1;
    if (at > end)
        return;
    frame->ethertype = eth->h_proto;

    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = at;

        if ((void *)(ip + 1) > end || ip->ihl < 5)
            return;
        __builtin_memcpy(frame->source, &ip->saddr, sizeof(ip->saddr));
        __builtin_memcpy(frame->destination, &ip->daddr, sizeof(ip->daddr));
        frame->protocol = ip->protocol;
        if (ip->frag_off & bpf_htons(0x1fff))
            return;
        at += ip->ihl * 4;
    } else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = at;

        if ((void *)(ip + 1) > end)
            return;
        __builtin_memcpy(frame->source, &ip->saddr, sizeof(ip->saddr));
        __builtin_memcpy(frame->destination, &ip->daddr, sizeof(ip->daddr));
        frame->protocol = ip->nexthdr;
        at = ip + 1;
    } else {
        return;
    }

    if (frame->protocol != IPPROTO_TCP && frame->protocol != IPPROTO_UDP)
        return;
    ports = at;
    if ((void *)(&ports->dest + 1) > end)
        return;
    frame->source_port = ports->source;
    frame->destination_port = ports->dest;
}

SEC("xdp")
int xdp_tap(struct xdp_md *ctx)
{
    struct taken_frame frame = {};
    __u32 only = 0, slot;
    __u64 *count;

    count = bpf_map_lookup_elem(&taken, &only);
    if (!count)
        return XDP_DROP;
    // Each CPU draws a number of its own, and with it a slot.
    frame.number = __sync_fetch_and_add(count, 1);
    slot = frame.number % SLOTS;
    describe(&frame, (void *)(long)ctx->data, (void *)(long)ctx->data_end);
    bpf_map_update_elem(&last_taken, &slot, &frame, BPF_ANY);
    return XDP_DROP;
}

char _license[] SEC("license") = "MIT";
