// SPDX-License-Identifier: MIT
// Takes the outer 802.1Q tag off a frame: the addresses move four bytes to the right, over the tag, and the frame begins there. Counts frames by
// VLAN. A frame without a tag, or with an 802.1ad one, stays as it is; all pass.
//
//   before    addresses (12) | 8100 | control | type | ...
//   after               addresses (12)        | type | ...
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct addresses {
    __u8 bytes[2 * ETH_ALEN];
};

struct tagged {
    struct addresses addresses;
    __be16 tag;
    __be16 control; // priority (3 bits), drop eligible (1), VLAN (12)
    __be16 type;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 4096);
    __type(key, __u32); // VLAN
    __type(value, __u64);
} popped SEC(".maps");

SEC("xdp")
int xdp_vlan_pop(struct xdp_md *ctx)
{
    struct tagged *from = (void *)(long)ctx->data;
    struct addresses addresses, *to;
    __u64 *frames;
    __u32 vlan;

    if ((void *)(from + 1) > (void *)(long)ctx->data_end || from->tag != bpf_htons(ETH_P_8021Q))
        return XDP_PASS;
    vlan = bpf_ntohs(from->control) & 0xfff;
    addresses = from->addresses;

    if (bpf_xdp_adjust_head(ctx, sizeof(*from) - sizeof(struct ethhdr)))
        return XDP_DROP;
    to = (void *)(long)ctx->data;
    if ((void *)(to + 1) > (void *)(long)ctx->data_end)
        return XDP_DROP;
    *to = addresses;

    frames = bpf_map_lookup_elem(&popped, &vlan);
    if (frames)
        __sync_fetch_and_add(frames, 1);
    return XDP_PASS;
}

char _license[] SEC("license") = "MIT";
