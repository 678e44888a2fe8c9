// Priorities and chain-call actions as libxdp reads them from type information.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
    __uint(priority, 10);
    __uint(XDP_PASS, 1);
    __uint(XDP_DROP, 1);
} _first SEC(".xdp_run_config");

struct {
    __uint(XDP_PASS, 0);
    __uint(XDP_TX, 1);
} _second SEC(".xdp_run_config");

SEC("xdp") int first(struct xdp_md *ctx) { return XDP_PASS; }
SEC("xdp") int second(struct xdp_md *ctx) { return XDP_TX; }
SEC("xdp") int third(struct xdp_md *ctx) { return XDP_DROP; }

char _license[] SEC("license") = "MIT";
