// SPDX-License-Identifier: Dual MIT/GPL
// One program that a card can have beside one that it cannot.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym;

SEC("xdp") int plain(struct xdp_md *ctx) { return XDP_PASS; }

SEC("xdp") int stamped(struct xdp_md *ctx) {
    __u64 timestamp = 0;
    return bpf_xdp_metadata_rx_timestamp(ctx, &timestamp) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
