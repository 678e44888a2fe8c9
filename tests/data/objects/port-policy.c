// SPDX-License-Identifier: MIT
// A generated policy: a switch over several hundred ports, as a compiler makes it of a table, with something to do in each case. Comparisons
// form a tree, as there are no jump tables. The switch is a global function, which the verifier takes by itself.
#include "protocols.h"

enum { ALLOWED, DENIED, OTHER, REASONS };

TALLIES(REASONS);
RESULTS(2);

// Ports lie scattered; what is done differs, and the compiler may not put cases together.
#define CASE(N)                                                                \
    case ((N) * 97 + 21) & 0xffff:                                             \
        score += (N) * 7 + 3;                                                  \
        opaque(score);                                                         \
        score ^= (N) << 3 | 1;                                                 \
        mark = (N) & 15;                                                       \
        break;
#define CASES4(N)   CASE(N) CASE(N + 1) CASE(N + 2) CASE(N + 3)
#define CASES16(N)  CASES4(N) CASES4(N + 4) CASES4(N + 8) CASES4(N + 12)
#define CASES64(N)  CASES16(N) CASES16(N + 16) CASES16(N + 32) CASES16(N + 48)

// The new score, with four bits of marks above it.
__noinline __u32 judge(__u32 port, __u32 score)
{
    __u32 mark = 0;

    switch (port) {
    CASES64(0)
    CASES64(64)
    CASES64(128)
    CASES64(192)
    CASES64(256)
    CASES64(320)
    CASES64(384)
    case 80: score += 80; mark = 1; break;
    case 443: score += 443; mark = 2; break;
    case 53: score ^= 53; mark = 4; break;
    default: score += 1; break;
    }
    return mark << 28 | (score & 0x0fffffff);
}

SEC("xdp")
int apply_policy(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    struct result *last;
    __u32 score, slot = 1;
    __be16 *ports;

    if (!ip || (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)) {
        tally(ctx, OTHER);
        return XDP_PASS;
    }
    ports = (void *)(ip + 1);
    if ((void *)(ports + 2) > frame_end(ctx))
        return XDP_DROP;
    score = judge(bpf_ntohs(ports[1]), bpf_ntohs(ip->tot_len));
    record(0, score);
    ports = (void *)(ip + 1);
    score = judge(bpf_ntohs(ports[0]), score);
    record(1, score);
    last = bpf_map_lookup_elem(&results, &slot);
    if (last && last->last & 0x80000001) {
        tally(ctx, DENIED);
        return XDP_DROP;
    }
    tally(ctx, ALLOWED);
    return XDP_PASS;
}

LICENSE("MIT");
