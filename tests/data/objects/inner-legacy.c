// SPDX-License-Identifier: MIT
// Maps of maps as iproute2 declares them: the outer map names an id, and every map of that id stands in it at its inner index.
#include "object.h"

struct bpf_elf_map {
    __u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};

enum { LENGTHS = 7, NOWHERE = 0xffffffff };

struct bpf_elf_map SEC("maps") by_protocol = { BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 32, 0, 1, 0, LENGTHS, 0 };
struct bpf_elf_map SEC("maps") by_parity = { BPF_MAP_TYPE_HASH_OF_MAPS, 4, 4, 4, 0, 2, 0, LENGTHS, 0 };
struct bpf_elf_map SEC("maps") template = { BPF_MAP_TYPE_ARRAY, 4, 8, 8, 0, LENGTHS, 0, 0, NOWHERE };
struct bpf_elf_map SEC("maps") tcp_lengths = { BPF_MAP_TYPE_ARRAY, 4, 8, 8, 0, LENGTHS, 0, 0, IPPROTO_TCP };
struct bpf_elf_map SEC("maps") udp_lengths = { BPF_MAP_TYPE_ARRAY, 4, 8, 8, 0, LENGTHS, 0, 0, IPPROTO_UDP };
struct bpf_elf_map SEC("maps") other_lengths = { BPF_MAP_TYPE_ARRAY, 4, 8, 8, 0, LENGTHS, 0, 0, 1 };
struct bpf_elf_map SEC("maps") found = { BPF_MAP_TYPE_ARRAY, 4, 8, 3, 0, 3, 0, 0, 0 };

static __always_inline void count_in(void *map, __u32 slot)
{
    __u64 *cell = bpf_map_lookup_elem(map, &slot);

    if (cell)
        ++*cell;
}

SEC("xdp")
int count_lengths(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    __u32 length = frame_length(ctx), key;
    void *inner;

    if (!ip)
        return XDP_PASS;
    key = ip->protocol;
    inner = bpf_map_lookup_elem(&by_protocol, &key);
    count_in(&found, !!inner);
    if (inner)
        count_in(inner, length & 7);
    key = length & 1;
    inner = bpf_map_lookup_elem(&by_parity, &key);
    if (inner) {
        count_in(&found, 2);
        count_in(inner, (length >> 3) & 7);
    }
    return XDP_PASS;
}

LICENSE("MIT");
