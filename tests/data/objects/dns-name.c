// SPDX-License-Identifier: MIT
// Parses the name of a DNS query over UDP into a lower-case key, counts queries by name, and drops names that are on a list.
#include "object.h"

enum { NAME_LENGTH = 64 };

struct dns_header {
    __be16 id;
    __be16 flags;
    __be16 questions;
    __be16 answers;
    __be16 authorities;
    __be16 additional;
};

struct name {
    char text[NAME_LENGTH];
};

struct question {
    __u64 queries;
    __u16 type;
    __u16 labels;
    __u32 length;
};

MAP(HASH, names, struct name, struct question, 1024);
MAP(HASH, blocked, struct name, __u64, 64);
RESULTS(4);

SEC("xdp")
int parse_query(struct xdp_md *ctx)
{
    __u8 *end = frame_end(ctx), *at;
    struct iphdr *ip = ipv4_of(ctx);
    struct dns_header *dns;
    struct udphdr *udp;
    struct question *known;
    struct name name = {};
    __u32 length = 0, left = 0, labels = 0;
    __u64 *drops;

    if (!ip || ip->protocol != IPPROTO_UDP)
        return XDP_PASS;
    udp = (void *)(ip + 1);
    dns = (void *)(udp + 1);
    at = (void *)(dns + 1);
    if (at > end || udp->dest != bpf_htons(53))
        return XDP_PASS;
    if (dns->flags & bpf_htons(0x8000) || !dns->questions)
        return XDP_PASS;

    opaque(end);
    for (__u32 i = 0; i < NAME_LENGTH; i++) {
        __u8 byte;

        if (at + 1 > end)
            return XDP_DROP;
        byte = *at++;
        if (!left) {
            if (!byte)
                goto complete;
            // A compressed name has no place in a question.
            if (byte > 63) {
                count(0);
                return XDP_ABORTED;
            }
            left = byte;
            labels++;
            if (i)
                name.text[i - 1] = '.';
        } else {
            left--;
            name.text[(i - 1) & (NAME_LENGTH - 1)] = byte >= 'A' && byte <= 'Z' ? byte + 32 : byte;
        }
        length++;
    }
    count(1);
    return XDP_DROP;

complete:
    drops = bpf_map_lookup_elem(&blocked, &name);
    if (drops) {
        __sync_fetch_and_add(drops, 1);
        return XDP_DROP;
    }
    known = bpf_map_lookup_elem(&names, &name);
    if (known) {
        known->queries++;
    } else if (at + 4 <= end) {
        struct question fresh = { .queries = 1, .type = at[0] << 8 | at[1], .labels = labels, .length = length };

        record(2, bpf_map_update_elem(&names, &name, &fresh, BPF_NOEXIST));
    }
    return XDP_PASS;
}

LICENSE("MIT");
