// SPDX-License-Identifier: MIT
// DHCP snooping as switches do it: servers answer only from addresses that are trusted, what they lease is learned, and a host that does not own its
// lease's address is told apart. The options are walked to the message type.
#include "protocols.h"

enum { BOOTREQUEST = 1, BOOTREPLY = 2, MAX_OPTIONS = 16 };
enum { DISCOVER = 1, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, TYPES };
enum { NOT_DHCP = TYPES, ROGUE, BAD, STARVING, REASONS };

struct dhcp {
    __u8 operation;
    __u8 hardware;
    __u8 hardware_length;
    __u8 hops;
    __be32 transaction;
    __be16 seconds;
    __be16 flags;
    __be32 client;
    __be32 yours;
    __be32 server;
    __be32 relay;
    __u8 mac[16];
    __u8 name[64];
    __u8 file[128];
    __be32 cookie;
} __attribute__((packed));

struct client {
    __u8 mac[ETH_ALEN];
    __u16 padding;
};

struct lease {
    __be32 address;
    __u32 requests;
    __u32 last_type;
};

MAP(HASH, trusted, __be32, __u32, 16);
MAP(HASH, leases, struct client, struct lease, 1024);
TALLIES(REASONS);

// The value of option 53, or 0.
static __noinline __u32 message_type(struct xdp_md *ctx)
{
    __u8 *end = frame_end(ctx), *at = frame_begin(ctx) + sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct udphdr) + sizeof(struct dhcp);
    __u32 i;

    for (i = 0; i < MAX_OPTIONS; i++) {
        if (at + 1 > end || *at == 255)
            return 0;
        if (!*at) {
            at++;
            continue;
        }
        if (at + 3 > end)
            return 0;
        if (at[0] == 53 && at[1] == 1)
            return at[2];
        at += 2 + at[1];
    }
    return 0;
}

SEC("xdp")
int guard_dhcp(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    void *end = frame_end(ctx);
    struct client client = {};
    struct lease *lease;
    struct udphdr *udp;
    struct dhcp *dhcp;
    __be32 source, yours;
    __u32 type;

    if (!ip || ip->protocol != IPPROTO_UDP) {
        tally(ctx, NOT_DHCP);
        return XDP_PASS;
    }
    udp = (void *)(ip + 1);
    dhcp = (void *)(udp + 1);
    if ((void *)(udp + 1) > end || (udp->dest != bpf_htons(67) && udp->dest != bpf_htons(68))) {
        tally(ctx, NOT_DHCP);
        return XDP_PASS;
    }
    if ((void *)(dhcp + 1) > end || dhcp->cookie != bpf_htonl(0x63825363) || dhcp->hardware_length != ETH_ALEN) {
        tally(ctx, BAD);
        return XDP_DROP;
    }
    source = ip->saddr;
    yours = dhcp->yours;
    __builtin_memcpy(client.mac, dhcp->mac, ETH_ALEN);
    type = message_type(ctx);
    if (!type || type >= TYPES) {
        tally(ctx, BAD);
        return XDP_DROP;
    }
    tally(ctx, type);
    if (dhcp->operation == BOOTREPLY && !bpf_map_lookup_elem(&trusted, &source)) {
        tally(ctx, ROGUE);
        return XDP_DROP;
    }
    lease = bpf_map_lookup_elem(&leases, &client);
    if (!lease) {
        struct lease fresh = { .last_type = type };

        if (bpf_map_update_elem(&leases, &client, &fresh, BPF_NOEXIST)) {
            tally(ctx, STARVING);
            return XDP_DROP;
        }
        lease = bpf_map_lookup_elem(&leases, &client);
        if (!lease)
            return XDP_ABORTED;
    }
    lease->last_type = type;
    switch (type) {
    case REQUEST:
        lease->requests++;
        break;
    case OFFER:
    case ACK:
        lease->address = yours;
        break;
    case RELEASE:
    case NAK:
        bpf_map_delete_elem(&leases, &client);
        break;
    case DECLINE:
        lease->address = 0;
        break;
    }
    return XDP_PASS;
}

LICENSE("MIT");
