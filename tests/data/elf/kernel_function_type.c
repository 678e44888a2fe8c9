#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx) __ksym;

SEC("xdp") int stamped(struct xdp_md *ctx) { return bpf_xdp_metadata_rx_timestamp(ctx) ? XDP_DROP : XDP_PASS; }
