// Kernel functions that a card has and that none has, plain and weak, called, guarded and by address.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern int bpf_xdp_metadata_rx_vlan_tag(const struct xdp_md *ctx, __be16 *vlan_proto, __u16 *vlan_tci) __ksym;
extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym __weak;
extern int chainring_absent(const struct xdp_md *ctx) __ksym __weak;
extern const int chainring_absent_value __ksym __weak;

static __noinline int tagged(struct xdp_md *ctx) {
    __u16 tci = 0;
    __be16 proto = 0;
    return bpf_xdp_metadata_rx_vlan_tag(ctx, &proto, &tci) ? 0 : tci;
}

SEC("xdp") int plain(struct xdp_md *ctx) { return tagged(ctx) ? XDP_DROP : XDP_PASS; }

SEC("xdp") int guarded(struct xdp_md *ctx) {
    __u64 timestamp = 0;
    if (&chainring_absent_value) return XDP_ABORTED;
    if (chainring_absent) return chainring_absent(ctx);
    if (!bpf_xdp_metadata_rx_timestamp) return XDP_ABORTED;
    return bpf_xdp_metadata_rx_timestamp(ctx, &timestamp) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
