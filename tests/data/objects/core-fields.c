// SPDX-License-Identifier: MIT
// CO-RE over packet headers: fields by relocation, bit fields, what exists and how large it is. Some of it no kernel has; without types of a
// kernel, everything is as declared here.
#include "object.h"
#include <bpf/bpf_core_read.h>

RESULTS(20);

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ethhdr___own {
    unsigned char h_dest[ETH_ALEN];
    unsigned char h_source[ETH_ALEN];
    __be16 h_proto;
};

struct iphdr___own {
    __u8 ihl : 4, version : 4;
    __u8 tos;
    __be16 tot_len, id, frag_off;
    __u8 ttl, protocol;
    __sum16 check;
    struct {
        __be32 saddr, daddr;
    } addrs;
};

struct iphdr___later {
    __u8 first[12];
    __be32 saddr, daddr;
    __u32 trust_score;
};

#pragma clang attribute pop

struct chainring_absent {
    int nothing;
};

enum xdp_action___later {
    XDP_ABORTED___later = 0,
    XDP_PASS___later = 2,
    XDP_SAMPLED = 77,
};

SEC("xdp")
int core_fields(struct xdp_md *ctx)
{
    struct ethhdr___own *eth = frame_begin(ctx);
    struct iphdr___own *ip = (void *)(eth + 1);
    struct iphdr___later *later = (void *)ip;

    if ((void *)(later + 1) > frame_end(ctx))
        return XDP_DROP;
    record(0, eth->h_dest[5]);
    record(1, eth->h_proto);
    if (eth->h_proto != bpf_htons(ETH_P_IP))
        return XDP_PASS;

    record(2, BPF_CORE_READ_BITFIELD(ip, version));
    record(3, BPF_CORE_READ_BITFIELD(ip, ihl));
    record(4, ip->ttl);
    record(5, ip->addrs.daddr);
    record(6, bpf_core_field_exists(later->trust_score));
    if (bpf_core_field_exists(later->trust_score))
        record(7, later->trust_score);
    record(8, bpf_core_field_size(ip->check));
    record(9, __builtin_preserve_field_info(ip->protocol, BPF_FIELD_SIGNED));
    record(10, bpf_core_type_exists(struct chainring_absent));
    record(11, bpf_core_type_size(struct iphdr___own));
    record(12, bpf_core_type_size(struct chainring_absent));
    record(13, bpf_core_enum_value_exists(enum xdp_action___later, XDP_SAMPLED));
    if (bpf_core_enum_value_exists(enum xdp_action___later, XDP_SAMPLED))
        record(14, bpf_core_enum_value(enum xdp_action___later, XDP_SAMPLED));
    record(15, bpf_core_enum_value(enum xdp_action___later, XDP_PASS___later));
    if (bpf_core_type_exists(struct chainring_absent))
        record(16, bpf_core_type_id_kernel(struct chainring_absent) != 0);
    record(17, bpf_core_type_id_local(struct ethhdr___own) != 0);

    ip->ttl--;
    ip->tos = 0x2e;
    return ip->protocol == IPPROTO_UDP ? XDP_TX : XDP_PASS;
}

LICENSE("GPL");
