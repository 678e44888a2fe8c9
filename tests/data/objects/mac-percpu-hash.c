// SPDX-License-Identifier: MIT
// Frames by source address in a per-CPU hash: a six-byte key, read from the packet itself.
#include "object.h"

struct mac {
    __u8 bytes[ETH_ALEN];
};

struct station {
    __u64 frames;
    __u64 bytes;
    __u32 longest;
    __u16 last_protocol;
    __u16 broadcasts;
};

MAP(PERCPU_HASH, stations, struct mac, struct station, 1024);

SEC("xdp")
int count_stations(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    __u32 length = frame_length(ctx);
    struct station *station;
    struct mac mac;

    if (!eth)
        return XDP_DROP;
    __builtin_memcpy(&mac, eth->h_source, sizeof(mac));
    station = bpf_map_lookup_elem(&stations, &mac);
    if (!station) {
        struct station fresh = {};

        bpf_map_update_elem(&stations, &mac, &fresh, BPF_NOEXIST);
        station = bpf_map_lookup_elem(&stations, &mac);
        if (!station)
            return XDP_ABORTED;
    }
    station->frames++;
    station->bytes += length;
    if (length > station->longest)
        station->longest = length;
    station->last_protocol = bpf_ntohs(eth->h_proto);
    if (eth->h_dest[0] & 1)
        station->broadcasts++;
    return eth->h_dest[0] & 1 ? XDP_DROP : XDP_PASS;
}

LICENSE("MIT");
