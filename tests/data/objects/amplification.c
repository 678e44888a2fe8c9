// SPDX-License-Identifier: MIT
// Recognises reflected floods by what the answers look like, protocol by protocol, and lets a share of the doubtful ones through.
#include "protocols.h"

enum verdict { FINE, DNS_ANY, DNS_MANY, NTP_LIST, SSDP, MEMCACHED, CHARGEN, SNMP, QOTD, LDAP, RPC, DOUBTFUL, VERDICTS };

MAP(PERCPU_HASH, victims, __be32, struct tally, 4096);
MAP(PERCPU_ARRAY, turns, __u32, __u32, 1);
TALLIES(VERDICTS);

static __always_inline int starts_with(const __u8 *at, const void *end, const char *text, int length)
{
    if ((const void *)(at + length) > end)
        return 0;
#pragma unroll
    for (int i = 0; i < 16; i++) {
        if (i >= length)
            break;
        if (at[i] != (__u8)text[i])
            return 0;
    }
    return 1;
}

static __always_inline enum verdict of_dns(const __u8 *at, const void *end, __u32 length)
{
    const __be16 *header = (const void *)at;
    const __u8 *name = at + 12;
    __u16 answers;

    if ((const void *)(header + 6) > end)
        return DOUBTFUL;
    if (!(bpf_ntohs(header[1]) & 0x8000))
        return FINE;
    answers = bpf_ntohs(header[3]) + bpf_ntohs(header[4]) + bpf_ntohs(header[5]);
    if (length > 512 && answers > 3)
        return DNS_MANY;
    for (int i = 0; i < 24; i++) {
        if ((const void *)(name + 1) > end)
            return DOUBTFUL;
        if (!*name) {
            if ((const void *)(name + 3) > end)
                return DOUBTFUL;
            return name[1] == 0 && name[2] == 255 ? DNS_ANY : FINE;
        }
        if (*name > 63)
            return DOUBTFUL;
        name += *name + 1;
    }
    return DOUBTFUL;
}

static __always_inline enum verdict of(__u16 port, const __u8 *at, const void *end, __u32 length)
{
    switch (port) {
    case 17: return QOTD;
    case 19: return CHARGEN;
    case 53: return of_dns(at, end, length);
    case 111: return length > 68 ? RPC : FINE;
    case 123: // Mode 7 with the answer bit, or mode 6: a list of peers.
        if ((const void *)(at + 4) > end)
            return DOUBTFUL;
        if ((at[0] & 7) == 7 && at[0] & 0x80)
            return NTP_LIST;
        return (at[0] & 7) == 6 ? NTP_LIST : FINE;
    case 161:
        if ((const void *)(at + 6) > end)
            return DOUBTFUL;
        return at[0] == 0x30 && length > 300 ? SNMP : FINE;
    case 389: return length > 200 ? LDAP : FINE;
    case 1900:
        if (starts_with(at, end, "HTTP/1.1 200 OK", 15) || starts_with(at, end, "NOTIFY * ", 9))
            return SSDP;
        return starts_with(at, end, "M-SEARCH", 8) ? FINE : DOUBTFUL;
    case 11211:
        at += 8;
        if (starts_with(at, end, "VALUE ", 6) || starts_with(at, end, "STAT ", 5))
            return MEMCACHED;
        return length > 1000 ? MEMCACHED : DOUBTFUL;
    default:
        return FINE;
    }
}

static __noinline void note_victim(__be32 address, __u64 bytes)
{
    struct tally *victim = bpf_map_lookup_elem(&victims, &address), fresh = { 1, bytes };

    if (victim) {
        victim->packets++;
        victim->bytes += bytes;
    } else {
        bpf_map_update_elem(&victims, &address, &fresh, BPF_ANY);
    }
}

SEC("xdp")
int drop_amplified(struct xdp_md *ctx)
{
    void *end = frame_end(ctx);
    struct iphdr *ip = ipv4_of(ctx);
    enum verdict verdict;
    struct udphdr *udp;
    __u32 zero = 0, *turn;

    if (!ip || ip->protocol != IPPROTO_UDP)
        return XDP_PASS;
    // Later fragments have no ports; floods of large answers have many.
    if (ip->frag_off & bpf_htons(IP_OFFSET)) {
        note_victim(ip->daddr, frame_length(ctx));
        tally(ctx, DOUBTFUL);
        return XDP_DROP;
    }
    udp = (void *)(ip + 1);
    if ((void *)(udp + 1) > end)
        return XDP_DROP;
    verdict = of(bpf_ntohs(udp->source), (void *)(udp + 1), end, bpf_ntohs(udp->len));
    if (verdict < VERDICTS)
        tally(ctx, verdict);
    if (verdict == FINE)
        return XDP_PASS;
    note_victim(ip->daddr, frame_length(ctx));
    if (verdict != DOUBTFUL)
        return XDP_DROP;
    turn = bpf_map_lookup_elem(&turns, &zero);
    return turn && (*turn)++ % 4 ? XDP_DROP : XDP_PASS;
}

LICENSE("MIT");
