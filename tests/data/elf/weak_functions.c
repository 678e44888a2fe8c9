// What libbpf or the kernel has another mind about: a call that is not guarded, a weak declaration that does not fit, a flavoured name.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern int chainring_absent(const struct xdp_md *ctx) __ksym __weak;
extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx) __ksym __weak;
extern int bpf_xdp_metadata_rx_vlan_tag___three(const struct xdp_md *ctx, __be16 *vlan_proto, __u16 *vlan_tci) __ksym;

SEC("xdp") int unguarded(struct xdp_md *ctx) { return chainring_absent(ctx); }

SEC("xdp") int unfit(struct xdp_md *ctx) { return bpf_xdp_metadata_rx_timestamp ? XDP_DROP : XDP_PASS; }

SEC("xdp") int flavoured(struct xdp_md *ctx) {
    __u16 tci = 0;
    __be16 proto = 0;
    return bpf_xdp_metadata_rx_vlan_tag___three(ctx, &proto, &tci) ? XDP_DROP : XDP_PASS;
}
