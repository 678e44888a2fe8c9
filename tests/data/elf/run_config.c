// Priorities and chain-call actions as libxdp reads them from type information; <xdp/xdp_helpers.h> has the same macro.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define XDP_RUN_CONFIG(f) _##f SEC(".xdp_run_config")

struct {
    __uint(priority, 10);
    __uint(XDP_PASS, 1);
    __uint(XDP_DROP, 1);
} XDP_RUN_CONFIG(first);

struct {
    __uint(XDP_PASS, 0);
    __uint(XDP_TX, 2);
} XDP_RUN_CONFIG(second);

typedef struct {
    __uint(priority, 0);
    __uint(XDP_ABORTED, 1);
    __uint(XDP_DROP, 1);
    __uint(XDP_TX, 1);
    __uint(XDP_REDIRECT, 1);
} every_action;

every_action XDP_RUN_CONFIG(fourth);

__attribute__((used)) static struct {
    __uint(priority, 0xffffffff);
    __uint(XDP_PASS, 0);
} XDP_RUN_CONFIG(the_fifth_and_last_of_all_programs);

// Nobody's: there is no such program.
struct {
    __uint(priority, 3);
} nobody SEC(".xdp_run_config");

SEC("xdp") int first(struct xdp_md *ctx) { return XDP_PASS; }
SEC("xdp") int second(struct xdp_md *ctx) { return XDP_TX; }
SEC("xdp") int third(struct xdp_md *ctx) { return XDP_DROP; }
SEC("xdp") int fourth(struct xdp_md *ctx) { return XDP_PASS; }
SEC("xdp") int the_fifth_and_last_of_all_programs(struct xdp_md *ctx) { return XDP_ABORTED; }

char _license[] SEC("license") = "MIT";
