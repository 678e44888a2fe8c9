// SPDX-License-Identifier: MIT
// Maps the old way: a struct of five words each in a section named `maps`, beside a program in a section libbpf does not know.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct legacy_map {
    __u32 type;
    __u32 key_size;
    __u32 value_size;
    __u32 max_entries;
    __u32 map_flags;
};

struct legacy_map SEC("maps") lengths = {
    .type = BPF_MAP_TYPE_HASH,
    .key_size = sizeof(__u32),
    .value_size = sizeof(__u64),
    .max_entries = 2048,
    .map_flags = 1, // BPF_F_NO_PREALLOC
};

struct legacy_map SEC("maps") totals = {
    .type = BPF_MAP_TYPE_ARRAY,
    .key_size = sizeof(__u32),
    .value_size = sizeof(__u64),
    .max_entries = 2,
};

SEC("xdp_count")
int count_lengths(struct xdp_md *ctx)
{
    __u32 length = ctx->data_end - ctx->data, slot = length & 1;
    __u64 one = 1, *counter;

    counter = bpf_map_lookup_elem(&lengths, &length);
    if (counter)
        ++*counter;
    else
        bpf_map_update_elem(&lengths, &length, &one, BPF_ANY);
    counter = bpf_map_lookup_elem(&totals, &slot);
    if (counter)
        *counter += length;
    return XDP_PASS;
}

char _license[] SEC("license") = "MIT";
