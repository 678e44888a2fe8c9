// SPDX-License-Identifier: MIT
// Sends QUIC packets to servers by the connection id that the server chose (its first byte is the server), so that a client that changes its
// address stays; new connections by a hash of the id that the client chose. Versions that nobody speaks, and ids that cannot be, are dropped.
#include "protocols.h"

enum { LONG_FORM = 0x80, FIXED = 0x40, MAX_ID = 20, OWN_ID = 8 };
enum { BY_ID, BY_HASH, UNKNOWN_VERSION, NEGOTIATION, BAD_ID, NO_SERVER, SHORT, NOT_QUIC, GREASED, REASONS };

struct server {
    __be32 address;
    __u32 is_draining;
    __u64 packets;
};

struct id {
    __u8 bytes[MAX_ID];
};

MAP(HASH, servers, __u32, struct server, 64);
MAP(ARRAY, ring, __u32, __u32, 256);
MAP(LRU_HASH, connections, struct id, __u32, 8192);
MAP(HASH, versions, __u32, __u32, 8);
TALLIES(REASONS);

static __noinline __u32 hash_of(const struct id *id, __u32 length)
{
    __u32 hash = 2166136261;

    for (__u32 i = 0; i < MAX_ID && i < length; i++)
        hash = (hash ^ id->bytes[i]) * 16777619;
    return hash ^ hash >> 15;
}

static __always_inline int send(struct xdp_md *ctx, struct ethhdr *eth, struct iphdr *ip, struct udphdr *udp, __u32 number, __u32 how)
{
    struct server *server = bpf_map_lookup_elem(&servers, &number);
    __be32 before = ip->daddr;

    if (!server || (server->is_draining && how == BY_HASH)) {
        tally(ctx, NO_SERVER);
        return XDP_DROP;
    }
    server->packets++;
    ip->daddr = server->address;
    ip->check = replaced(replaced(ip->check, before, server->address), before >> 16, server->address >> 16);
    if (udp->check) {
        udp->check = replaced(replaced(udp->check, before, server->address), before >> 16, server->address >> 16);
        if (!udp->check)
            udp->check = 0xffff;
    }
    swap_macs(eth);
    tally(ctx, how);
    return XDP_TX;
}

SEC("xdp")
int balance_quic(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct iphdr *ip = ipv4_of(ctx);
    void *end = frame_end(ctx);
    struct udphdr *udp;
    struct id id = {};
    __u32 length, version, *known, slot;
    __u8 *quic, first;

    if (!eth || !ip || ip->protocol != IPPROTO_UDP)
        return XDP_PASS;
    udp = (void *)(ip + 1);
    quic = (void *)(udp + 1);
    if ((void *)(quic + 7) > end || udp->dest != bpf_htons(443)) {
        tally(ctx, NOT_QUIC);
        return XDP_PASS;
    }
    first = quic[0];
    if (!(first & FIXED)) {
        tally(ctx, GREASED);
        return XDP_DROP;
    }
    if (!(first & LONG_FORM)) {
        if ((void *)(quic + 1 + OWN_ID) > end) {
            tally(ctx, SHORT);
            return XDP_DROP;
        }
        return send(ctx, eth, ip, udp, quic[1], BY_ID);
    }
    version = bpf_ntohl(*(__be32 *)(quic + 1));
    if (!version) {
        tally(ctx, NEGOTIATION);
        return XDP_DROP;
    }
    if (!bpf_map_lookup_elem(&versions, &version)) {
        // Answered with a list of versions by whoever is behind.
        tally(ctx, (version & 0x0f0f0f0f) == 0x0a0a0a0a ? GREASED : UNKNOWN_VERSION);
        return XDP_PASS;
    }
    length = quic[5];
    if (length > MAX_ID) {
        tally(ctx, BAD_ID);
        return XDP_DROP;
    }
    quic += 6;
    for (__u32 i = 0; i < MAX_ID; i++) {
        if (i >= length)
            break;
        if ((void *)(quic + i + 1) > end) {
            tally(ctx, SHORT);
            return XDP_DROP;
        }
        id.bytes[i] = quic[i];
    }
    // 0 is an Initial, which may be a retransmitted one.
    if (first & 0x30 && length == OWN_ID)
        return send(ctx, eth, ip, udp, id.bytes[0], BY_ID);
    known = bpf_map_lookup_elem(&connections, &id);
    if (known)
        return send(ctx, eth, ip, udp, *known, BY_HASH);
    slot = hash_of(&id, length) & 0xff;
    known = bpf_map_lookup_elem(&ring, &slot);
    if (!known)
        return XDP_ABORTED;
    slot = *known;
    bpf_map_update_elem(&connections, &id, &slot, BPF_NOEXIST);
    return send(ctx, eth, ip, udp, slot, BY_HASH);
}

LICENSE("MIT");
