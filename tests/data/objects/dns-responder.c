// SPDX-License-Identifier: MIT
// A name server for a small zone: A questions over UDP are answered in place when the name is known. The name is read label by label into a key,
// the answer is appended, whatever came behind the question is cut off.
#include "protocols.h"

enum { NAME = 64, TYPE_A = 1, CLASS_IN = 1, ANSWER = 16 };
enum { ANSWERED, UNKNOWN, OTHER_TYPE, MALFORMED, NOT_QUERY, NOT_DNS, REFUSED, REASONS };

struct dnshdr {
    __be16 id;
    __be16 flags;
    __be16 questions;
    __be16 answers;
    __be16 authorities;
    __be16 additionals;
};

struct name {
    __u8 bytes[NAME];
};

struct record_of_a {
    __be16 name;
    __be16 type;
    __be16 class;
    __be16 ttl_high;
    __be16 ttl_low;
    __be16 length;
    __be16 address_high;
    __be16 address_low;
};

struct zone_entry {
    __be32 address;
    __u32 ttl;
    __u64 asked;
};

MAP(HASH, zone, struct name, struct zone_entry, 256);
TALLIES(REASONS);

// The wire form in lower case with zeros behind it. Its length with the zero at its end; 0 if it is too long or compressed.
static __always_inline __u32 read_name(const __u8 *at, const void *end, struct name *name)
{
    __u32 left = 0;

    for (__u32 i = 0; i < NAME; i++) {
        __u8 byte;

        if ((const void *)(at + i + 1) > end)
            return 0;
        byte = at[i];
        if (!left) {
            if (!byte)
                return i + 1;
            if (byte > 63)
                return 0;
            left = byte;
        } else {
            left--;
            if (byte >= 'A' && byte <= 'Z')
                byte += 'a' - 'A';
        }
        name->bytes[i] = byte;
    }
    return 0;
}

SEC("xdp")
int name_server(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    void *end = frame_end(ctx);
    struct zone_entry *entry;
    struct record_of_a *answer;
    struct name name = {};
    struct dnshdr *dns;
    struct udphdr *udp;
    struct ethhdr *eth;
    __u32 length, question, total;
    __be32 address, found;
    __be16 *type, port;
    __u32 ttl;

    if (!ip || ip->protocol != IPPROTO_UDP) {
        tally(ctx, NOT_DNS);
        return XDP_PASS;
    }
    udp = (void *)(ip + 1);
    dns = (void *)(udp + 1);
    if ((void *)(dns + 1) > end || udp->dest != bpf_htons(53)) {
        tally(ctx, NOT_DNS);
        return XDP_PASS;
    }
    if (dns->flags & bpf_htons(0xf800) || dns->questions != bpf_htons(1) || dns->answers || dns->authorities) {
        tally(ctx, NOT_QUERY);
        return XDP_PASS;
    }
    length = read_name((void *)(dns + 1), end, &name);
    if (!length) {
        tally(ctx, MALFORMED);
        return XDP_DROP;
    }
    length &= 127;
    type = (void *)(dns + 1) + length;
    if ((void *)(type + 2) > end) {
        tally(ctx, MALFORMED);
        return XDP_DROP;
    }
    if (type[0] != bpf_htons(TYPE_A) || type[1] != bpf_htons(CLASS_IN)) {
        tally(ctx, OTHER_TYPE);
        return XDP_PASS;
    }
    entry = bpf_map_lookup_elem(&zone, &name);
    if (!entry) {
        tally(ctx, UNKNOWN);
        return XDP_PASS;
    }
    entry->asked++;
    found = entry->address;
    ttl = entry->ttl;
    question = sizeof(*eth) + sizeof(*ip) + sizeof(*udp) + sizeof(*dns) + length + 4;
    total = question + ANSWER;
    if (bpf_xdp_adjust_tail(ctx, (int)total - (int)frame_length(ctx))) {
        tally(ctx, REFUSED);
        return XDP_PASS;
    }
    eth = frame_begin(ctx);
    end = frame_end(ctx);
    ip = (void *)(eth + 1);
    udp = (void *)(ip + 1);
    dns = (void *)(udp + 1);
    answer = (void *)(dns + 1) + length + 4;
    if ((void *)(dns + 1) > end || (void *)(answer + 1) > end)
        return XDP_ABORTED;
    answer->name = bpf_htons(0xc00c);
    answer->type = bpf_htons(TYPE_A);
    answer->class = bpf_htons(CLASS_IN);
    answer->ttl_high = bpf_htons(ttl >> 16);
    answer->ttl_low = bpf_htons(ttl);
    answer->length = bpf_htons(4);
    answer->address_high = found;
    answer->address_low = found >> 16;
    dns->flags = bpf_htons(0x8400) | (dns->flags & bpf_htons(0x0100));
    dns->answers = bpf_htons(1);
    dns->additionals = 0;
    swap_macs(eth);
    address = ip->saddr;
    ip->saddr = ip->daddr;
    ip->daddr = address;
    ip->ttl = 64;
    ip->tot_len = bpf_htons(total - sizeof(*eth));
    ip->check = 0;
    ip->check = ipv4_checksum(ip);
    port = udp->source;
    udp->source = udp->dest;
    udp->dest = port;
    udp->len = bpf_htons(total - sizeof(*eth) - sizeof(*ip));
    udp->check = 0;
    tally(ctx, ANSWERED);
    return XDP_TX;
}

LICENSE("MIT");
