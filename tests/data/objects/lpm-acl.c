// SPDX-License-Identifier: MIT
// An access list by longest prefix: rules for IPv4 and IPv6 sources, hits counted in the rule, and rules that are learned and forgotten.
#include "object.h"

struct v4_prefix {
    __u32 length;
    __be32 address;
};

struct v6_prefix {
    __u32 length;
    __u8 address[16];
};

struct rule {
    __u64 hits;
    __u64 code;
};

#define TRIE(NAME, KEY, ENTRIES)                 \
    struct {                                     \
        __uint(type, BPF_MAP_TYPE_LPM_TRIE);     \
        __uint(max_entries, ENTRIES);            \
        __uint(map_flags, BPF_F_NO_PREALLOC);    \
        __type(key, KEY);                        \
        __type(value, struct rule);              \
    } NAME SEC(".maps")

TRIE(v4_rules, struct v4_prefix, 24);
TRIE(v6_rules, struct v6_prefix, 16);
RESULTS(8);

static __always_inline int by_v4(struct iphdr *ip)
{
    struct v4_prefix key = { 32, ip->saddr };
    struct rule *rule = bpf_map_lookup_elem(&v4_rules, &key);
    struct rule fresh = { 1, XDP_PASS };

    if (rule) {
        rule->hits++;
        if (rule->code != XDP_PASS)
            return rule->code;
    }
    // A /24 of every source is learned, until there is no room; one in eight is forgotten again.
    key.length = 24;
    record(0, bpf_map_update_elem(&v4_rules, &key, &fresh, BPF_NOEXIST));
    if ((bpf_ntohl(ip->daddr) & 7) == 0)
        record(1, bpf_map_delete_elem(&v4_rules, &key));
    key.length = 33;
    record(2, bpf_map_update_elem(&v4_rules, &key, &fresh, BPF_ANY));
    return XDP_PASS;
}

SEC("xdp")
int access_list(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct iphdr *ip = ipv4_of(ctx);
    struct v6_prefix key = { .length = 128 };
    struct rule fresh = { 1, XDP_TX }, *rule;
    struct ipv6hdr *ip6;

    if (!eth)
        return XDP_DROP;
    if (ip)
        return by_v4(ip);
    ip6 = (void *)(eth + 1);
    if (eth->h_proto != bpf_htons(ETH_P_IPV6) || (void *)(ip6 + 1) > frame_end(ctx))
        return XDP_PASS;
    __builtin_memcpy(key.address, &ip6->saddr, sizeof(key.address));
    rule = bpf_map_lookup_elem(&v6_rules, &key);
    if (rule) {
        rule->hits++;
        return rule->code;
    }
    key.length = 60 + (key.address[15] & 31);
    record(3, bpf_map_update_elem(&v6_rules, &key, &fresh, BPF_ANY));
    return XDP_PASS;
}

LICENSE("MIT");
