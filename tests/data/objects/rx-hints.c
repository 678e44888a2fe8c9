// SPDX-License-Identifier: Dual MIT/GPL
// What the port knows of a frame besides its bytes, written straight into the metadata before it, as whoever reads an AF_XDP socket
// expects it. The tag that the port took out, and the hash, choose the verdict.
#include "object.h"

enum xdp_rss_hash_type {
    XDP_RSS_TYPE_NONE = 0,
    XDP_RSS_L4 = 1 << 3,
};

extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym __weak;
extern int bpf_xdp_metadata_rx_hash(const struct xdp_md *ctx, __u32 *hash, enum xdp_rss_hash_type *rss_type) __ksym;
extern int bpf_xdp_metadata_rx_vlan_tag(const struct xdp_md *ctx, __be16 *vlan_proto, __u16 *vlan_tci) __ksym;

// Bits of what is there.
#define HAS_TIMESTAMP 1
#define HAS_HASH 2
#define HAS_VLAN 4

struct hints {
    __u64 timestamp;
    __u32 hash;
    enum xdp_rss_hash_type hash_type;
    __be16 vlan_proto;
    __u16 vlan_tci;
    __u32 present;
};

MAP(HASH, frames_by_vlan, __u16, __u64, 4096);
RESULTS(8);

SEC("xdp")
int hints_to_metadata(struct xdp_md *ctx)
{
    struct hints *hints;
    __u16 vlan = 0;
    __u64 one = 1, *seen;
    int error;

    if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*hints)))
        return XDP_ABORTED;
    hints = frame_metadata(ctx);
    if ((void *)(hints + 1) > frame_begin(ctx))
        return XDP_ABORTED;
    __builtin_memset(hints, 0, sizeof(*hints));

    if (bpf_xdp_metadata_rx_timestamp) {
        error = bpf_xdp_metadata_rx_timestamp(ctx, &hints->timestamp);
        record(0, error);
        record(1, hints->timestamp);
        hints->present |= error ? 0 : HAS_TIMESTAMP;
    }
    error = bpf_xdp_metadata_rx_hash(ctx, &hints->hash, &hints->hash_type);
    record(2, error);
    record(3, hints->hash);
    record(4, hints->hash_type);
    hints->present |= error ? 0 : HAS_HASH;

    error = bpf_xdp_metadata_rx_vlan_tag(ctx, &hints->vlan_proto, &hints->vlan_tci);
    record(5, error);
    record(6, (__u64)hints->vlan_proto << 16 | hints->vlan_tci);
    if (!error) {
        hints->present |= HAS_VLAN;
        vlan = hints->vlan_tci & 0xfff;
    }
    record(7, hints->present);

    seen = bpf_map_lookup_elem(&frames_by_vlan, &vlan);
    if (seen)
        ++*seen;
    else
        bpf_map_update_elem(&frames_by_vlan, &vlan, &one, BPF_ANY);
    if (hints->present & HAS_VLAN)
        return vlan & 1 ? XDP_DROP : XDP_PASS;
    return hints->hash_type & XDP_RSS_L4 && hints->hash & 1 ? XDP_DROP : XDP_PASS;
}

LICENSE("Dual MIT/GPL");
