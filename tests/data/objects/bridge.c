// SPDX-License-Identifier: MIT
// A learning bridge with VLANs: the source is learned with the port it came from, the destination is sent where it was learned, to all ports of
// the bridge otherwise; frames that nobody forwards (802.1D's addresses) go to the host.
#include "protocols.h"

enum { MAX_MOVES = 8 };
enum { KNOWN, FLOODED, SAME_PORT, RESERVED, BAD_SOURCE, MOVED, UNSTABLE, OTHER_VLAN, REASONS };

struct address {
    __u8 mac[ETH_ALEN];
    __u16 vlan;
};

struct place {
    __u32 port;
    __u32 moves;
    __u64 seen;
};

MAP(LRU_HASH, table, struct address, struct place, 16384);
MAP(DEVMAP_HASH, ports, __u32, __u32, 16);
MAP(HASH, vlans, __u16, __u32, 64);
TALLIES(REASONS);

static __u64 frames;

static __noinline int learn(struct address *source, __u32 port)
{
    struct place *place;

    if (!source)
        return -1;
    place = bpf_map_lookup_elem(&table, source);
    if (!place) {
        struct place fresh = { port, 0, frames };

        return bpf_map_update_elem(&table, source, &fresh, BPF_NOEXIST);
    }
    place->seen = frames;
    if (place->port == port)
        return 0;
    place->port = port;
    return ++place->moves > MAX_MOVES ? -1 : 1;
}

SEC("xdp")
int bridge(struct xdp_md *ctx)
{
    void *end = frame_end(ctx);
    struct ethhdr *eth = ethernet_of(ctx);
    struct address source = {}, destination = {};
    __u32 ingress = ctx->ingress_ifindex, port;
    struct place *place;
    __u16 vlan = 1;
    int learned;

    if (!eth)
        return XDP_DROP;
    frames++;
    if (eth->h_proto == bpf_htons(ETH_P_8021Q)) {
        struct vlan_tag *tag = (void *)(eth + 1);

        if ((void *)(tag + 1) > end)
            return XDP_DROP;
        vlan = bpf_ntohs(tag->tci) & 0xfff;
        if (!bpf_map_lookup_elem(&vlans, &vlan)) {
            tally(ctx, OTHER_VLAN);
            return XDP_DROP;
        }
    }
    if (eth->h_source[0] & 1) {
        tally(ctx, BAD_SOURCE);
        return XDP_DROP;
    }
    __builtin_memcpy(source.mac, eth->h_source, ETH_ALEN);
    __builtin_memcpy(destination.mac, eth->h_dest, ETH_ALEN);
    source.vlan = destination.vlan = vlan;
    // The queue stands for the port of a switch behind one interface.
    port = ingress + ctx->rx_queue_index;
    learned = learn(&source, port);
    if (learned < 0) {
        tally(ctx, UNSTABLE);
        return XDP_DROP;
    }
    if (learned)
        tally(ctx, MOVED);
    if (destination.mac[0] == 0x01 && destination.mac[1] == 0x80 && destination.mac[2] == 0xc2 && !(destination.mac[5] & 0xf0)) {
        tally(ctx, RESERVED);
        return XDP_PASS;
    }
    place = destination.mac[0] & 1 ? NULL : bpf_map_lookup_elem(&table, &destination);
    if (!place) {
        tally(ctx, FLOODED);
        return bpf_redirect_map(&ports, 0, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS);
    }
    if (place->port == port) {
        tally(ctx, SAME_PORT);
        return XDP_DROP;
    }
    tally(ctx, KNOWN);
    return bpf_redirect_map(&ports, place->port, XDP_PASS);
}

LICENSE("MIT");
