// SPDX-License-Identifier: MIT
// A VXLAN tunnel end point (RFC 7348): one program wraps what goes to the other side, the other takes off what came from there.
#include "protocols.h"

enum { VXLAN_PORT = 4789, HAS_VNI = 0x08000000 };
enum { WRAPPED, NO_UPLINK, UNWRAPPED, NOT_VXLAN, NO_VNI, UNKNOWN_VNI, NO_ROOM, REASONS };

struct vxlanhdr {
    __be32 flags;
    __be32 vni;
};

struct outer {
    struct ethhdr eth;
    struct iphdr ip;
    struct udphdr udp;
    struct vxlanhdr vxlan;
} __attribute__((packed));

struct uplink {
    __be32 local;
    __be32 remote;
    __u32 vni;
    __u8 local_mac[ETH_ALEN];
    __u8 remote_mac[ETH_ALEN];
};

struct network {
    __u64 packets;
    __u64 bytes;
    __be32 last_peer;
    __u32 inner_type;
};

MAP(ARRAY, uplinks, __u32, struct uplink, 4);
MAP(HASH, networks, __u32, struct network, 256);
TALLIES(REASONS);

static __always_inline struct outer *outer_of(const struct xdp_md *ctx)
{
    struct outer *outer = frame_begin(ctx);

    return (void *)(outer + 1) > frame_end(ctx) ? NULL : outer;
}

static __always_inline int is_vxlan(const struct outer *outer)
{
    return outer->eth.h_proto == bpf_htons(ETH_P_IP) && outer->ip.version == 4 && outer->ip.ihl == 5 &&
           outer->ip.protocol == IPPROTO_UDP && outer->udp.dest == bpf_htons(VXLAN_PORT);
}

SEC("xdp")
int vxlan_wrap(struct xdp_md *ctx)
{
    __u16 length = frame_length(ctx);
    struct ethhdr *inner = ethernet_of(ctx);
    struct uplink *uplink;
    struct outer *outer;
    __u32 slot, hash;

    if (!inner)
        return XDP_DROP;
    outer = outer_of(ctx);
    if (outer && is_vxlan(outer))
        return XDP_PASS;
    hash = jenkins(*(__u32 *)inner->h_dest, *(__u32 *)(inner->h_source + 2), inner->h_proto, 0);
    slot = hash & 3;
    uplink = bpf_map_lookup_elem(&uplinks, &slot);
    if (!uplink || !uplink->remote) {
        tally(ctx, NO_UPLINK);
        return XDP_DROP;
    }
    if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*outer))) {
        tally(ctx, NO_ROOM);
        return XDP_ABORTED;
    }
    outer = outer_of(ctx);
    if (!outer)
        return XDP_ABORTED;

    __builtin_memset(outer, 0, sizeof(*outer));
    __builtin_memcpy(outer->eth.h_dest, uplink->remote_mac, ETH_ALEN);
    __builtin_memcpy(outer->eth.h_source, uplink->local_mac, ETH_ALEN);
    outer->eth.h_proto = bpf_htons(ETH_P_IP);
    outer->ip.version = 4;
    outer->ip.ihl = 5;
    outer->ip.ttl = 64;
    outer->ip.frag_off = bpf_htons(0x4000);
    outer->ip.protocol = IPPROTO_UDP;
    outer->ip.tot_len = bpf_htons(length + sizeof(*outer) - sizeof(struct ethhdr));
    outer->ip.saddr = uplink->local;
    outer->ip.daddr = uplink->remote;
    outer->ip.check = ipv4_checksum(&outer->ip);
    // The source port tells flows apart to routers on the way (RFC 7348, 5).
    outer->udp.source = bpf_htons(0xc000 | (hash >> 8 & 0x3fff));
    outer->udp.dest = bpf_htons(VXLAN_PORT);
    outer->udp.len = bpf_htons(length + sizeof(struct udphdr) + sizeof(struct vxlanhdr));
    outer->vxlan.flags = bpf_htonl(HAS_VNI);
    outer->vxlan.vni = bpf_htonl(uplink->vni << 8);
    tally(ctx, WRAPPED);
    return XDP_TX;
}

SEC("xdp")
int vxlan_unwrap(struct xdp_md *ctx)
{
    struct outer *outer = outer_of(ctx);
    struct network *network;
    struct ethhdr *inner;
    __be32 peer;
    __u32 vni;

    if (!outer || !is_vxlan(outer)) {
        tally(ctx, NOT_VXLAN);
        return XDP_PASS;
    }
    if (!(outer->vxlan.flags & bpf_htonl(HAS_VNI))) {
        tally(ctx, NO_VNI);
        return XDP_DROP;
    }
    vni = bpf_ntohl(outer->vxlan.vni) >> 8;
    peer = outer->ip.saddr;
    network = bpf_map_lookup_elem(&networks, &vni);
    if (!network) {
        tally(ctx, UNKNOWN_VNI);
        return XDP_DROP;
    }
    if (bpf_xdp_adjust_head(ctx, sizeof(*outer)))
        return XDP_ABORTED;
    inner = ethernet_of(ctx);
    if (!inner)
        return XDP_ABORTED;
    network->packets++;
    network->bytes += frame_length(ctx);
    network->last_peer = peer;
    network->inner_type = bpf_ntohs(inner->h_proto);
    tally(ctx, UNWRAPPED);
    return XDP_PASS;
}

LICENSE("MIT");
