// SPDX-License-Identifier: MIT
// A firewall that was compiled from its rules: 448 of them one after the other, each with networks, protocol, ports and flags as constants; the
// first that matches decides. What such generators make is long, flat and full of branches.
#include "protocols.h"

enum { RULES = 448, NO_RULE = RULES, NOT_IP, REASONS };

TALLIES(REASONS);
RESULTS(1);

// Between rules it is in memory, so that what one rule found out of it does not follow the verifier through all others.
struct packet {
    __u32 source;
    __u32 destination;
    __u32 source_port;
    __u32 destination_port;
    __u32 protocol;
    __u32 length;
};

MAP(PERCPU_ARRAY, packets, __u32, struct packet, 1);

// A rule is made of its number: networks of 10/8 and 198.18/15 of several lengths, one of three protocols, a range of ports, a length.
#define MIX(N)      ((N) * 2654435761u)
#define BITS(N)     (20 + (MIX(N) >> 28) % 11)
#define MASK(N)     (~0u << (32 - BITS(N)))
#define NET(N)      (((N) % 3 ? 0x0a000000 | (MIX(N) >> 9 & 0xff) : 0xc6120000 | (MIX(N) >> 7 & 0x1ffff)) & MASK(N))
#define PROTO(N)    ((N) % 4 == 0 ? IPPROTO_TCP : (N) % 4 == 3 ? IPPROTO_ICMP : IPPROTO_UDP)
#define LOW(N)      ((MIX(N + 7) >> 17) % 40000)
#define HIGH(N)     (LOW(N) + (MIX(N + 3) >> 20) % 3000)

#define RULE(N)                                                                \
    if ((packet->source & MASK(N)) == NET(N) && packet->protocol == PROTO(N) &&                              \
        packet->destination_port - LOW(N) <= HIGH(N) - LOW(N) && packet->length > (N) % 7 * 20) {            \
        rule = N;                                                              \
        goto decided;                                                          \
    }
#define RULES4(N)   RULE(N) RULE(N + 1) RULE(N + 2) RULE(N + 3)
#define RULES16(N)  RULES4(N) RULES4(N + 4) RULES4(N + 8) RULES4(N + 12)
#define RULES64(N)  RULES16(N) RULES16(N + 16) RULES16(N + 32) RULES16(N + 48)

SEC("xdp")
int filter(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    __u32 rule = NO_RULE, zero = 0;
    volatile struct packet *packet;

    if (!ip) {
        tally(ctx, NOT_IP);
        return XDP_PASS;
    }
    packet = bpf_map_lookup_elem(&packets, &zero);
    if (!packet)
        return XDP_ABORTED;
    packet->source = bpf_ntohl(ip->saddr);
    packet->destination = bpf_ntohl(ip->daddr);
    packet->protocol = ip->protocol;
    packet->length = bpf_ntohs(ip->tot_len);
    packet->source_port = packet->destination_port = 0;
    if (ip->protocol == IPPROTO_TCP || ip->protocol == IPPROTO_UDP) {
        __be16 *ports = (void *)(ip + 1);

        if ((void *)(ports + 2) > frame_end(ctx))
            return XDP_DROP;
        packet->source_port = bpf_ntohs(ports[0]);
        packet->destination_port = bpf_ntohs(ports[1]);
    }
    RULES64(0)
    RULES64(64)
    RULES64(128)
    RULES64(192)
    RULES64(256)
    RULES64(320)
    RULES64(384)
decided:
    record(0, rule);
    tally(ctx, rule);
    return rule == NO_RULE || rule % 5 ? XDP_PASS : XDP_DROP;
}

LICENSE("MIT");
