// SPDX-License-Identifier: MIT
// Blocks by the name that a TLS client asks for: the ClientHello is walked field by field to its extensions, the server name's labels are tried
// from the whole name to its last label. Works over both IP versions.
#include "protocols.h"

enum { NAME = 48, HANDSHAKE = 22, CLIENT_HELLO = 1, SERVER_NAME = 0, MAX_EXTENSIONS = 12 };
enum { ALLOWED, BLOCKED, NO_NAME, NO_HELLO, CUT, TOO_LONG, NOT_TLS, REASONS };

// Turned round, so that a domain is a prefix of what is in it.
struct suffix {
    __u32 bits;
    __u8 name[NAME];
};

struct {
    __uint(type, BPF_MAP_TYPE_LPM_TRIE);
    __uint(max_entries, 256);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct suffix);
    __type(value, __u32);
} domains SEC(".maps");

MAP(LRU_HASH, asked, struct suffix, __u64, 1024);
TALLIES(REASONS);

static __always_inline __u32 read16(const __u8 *at)
{
    return at[0] << 8 | at[1];
}

static __noinline int decide(struct suffix *name)
{
    __u64 *count, one = 1;
    __u32 *rule;

    if (!name)
        return CUT;
    count = bpf_map_lookup_elem(&asked, name);
    if (count)
        __sync_fetch_and_add(count, 1);
    else
        bpf_map_update_elem(&asked, name, &one, BPF_NOEXIST);
    rule = bpf_map_lookup_elem(&domains, name);
    return rule && *rule ? BLOCKED : ALLOWED;
}

static __always_inline int check_name(const __u8 *at, const void *end)
{
    struct suffix name = {};
    __u32 length;

    // List length, type of the name, its length.
    if ((const void *)(at + 5) > end || at[2] != 0)
        return NO_NAME;
    length = read16(at + 3);
    if (!length || length > NAME)
        return TOO_LONG;
    at += 5;
    for (__u32 i = 0; i < NAME; i++) {
        const __u8 *from = at + ((length - 1 - i) & 63);

        if (i >= length)
            break;
        if ((const void *)(from + 1) > end)
            return CUT;
        name.name[i] = *from;
    }
    name.bits = length * 8;
    return decide(&name);
}

// Where the server name is, from the start of the TLS record; negative is why there is none.
static __always_inline int find_name(const __u8 *at, const void *end)
{
    const __u8 *begin = at;
    __u32 left, i;

    if ((const void *)(at + 44) > end)
        return -NO_HELLO;
    if (at[0] != HANDSHAKE || at[1] != 3 || at[5] != CLIENT_HELLO)
        return -NO_HELLO;
    at += 5 + 4 + 2 + 32;
    if (*at > 32)
        return -NO_HELLO;
    at += 1 + *at;
    if ((const void *)(at + 2) > end)
        return -CUT;
    left = read16(at);
    if (left > 256)
        return -TOO_LONG;
    at += 2 + left;
    if ((const void *)(at + 1) > end)
        return -CUT;
    at += 1 + (*at & 15);
    if ((const void *)(at + 2) > end)
        return -CUT;
    left = read16(at);
    at += 2;
    for (i = 0; i < MAX_EXTENSIONS; i++) {
        __u32 type, length;

        if (left < 4)
            return -NO_NAME;
        if ((const void *)(at + 4) > end)
            return -CUT;
        type = read16(at);
        length = read16(at + 2);
        if (type == SERVER_NAME)
            return at + 4 - begin;
        if (length + 4 > left || length > 512)
            return -CUT;
        at += 4 + length;
        left -= 4 + length;
    }
    return -NO_NAME;
}

SEC("xdp")
int block_names(struct xdp_md *ctx)
{
    void *end = frame_end(ctx);
    struct ethhdr *eth = ethernet_of(ctx);
    struct tcphdr *tcp;
    const __u8 *hello;
    int what;

    if (!eth)
        return XDP_DROP;
    if (eth->h_proto == bpf_htons(ETH_P_IP)) {
        struct iphdr *ip = (void *)(eth + 1);

        if ((void *)(ip + 1) > end || ip->protocol != IPPROTO_TCP || ip->ihl < 5)
            return XDP_PASS;
        tcp = (void *)ip + ip->ihl * 4;
    } else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip = (void *)(eth + 1);

        if ((void *)(ip + 1) > end || ip->nexthdr != IPPROTO_TCP)
            return XDP_PASS;
        tcp = (void *)(ip + 1);
    } else {
        return XDP_PASS;
    }
    if ((void *)(tcp + 1) > end || tcp->dest != bpf_htons(443) || tcp->doff < 5) {
        tally(ctx, NOT_TLS);
        return XDP_PASS;
    }
    hello = (void *)tcp + tcp->doff * 4;
    what = find_name(hello, end);
    // The verifier need not follow every way through the extensions any further: they all end in a number.
    what = what < 0 ? -what : check_name(hello + (what & 1023), end);
    if (what < 0 || what >= REASONS)
        return XDP_ABORTED;
    tally(ctx, what);
    return what == BLOCKED ? XDP_DROP : XDP_PASS;
}

LICENSE("MIT");
