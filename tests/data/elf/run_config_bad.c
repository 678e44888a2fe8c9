// Configurations that libxdp cannot read, one for each CASE; in the last there is a program beside it that has none.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define XDP_RUN_CONFIG(f) _##f SEC(".xdp_run_config")

#if CASE == 1
struct { __uint(XDP_QUEUE, 1); } XDP_RUN_CONFIG(refused);
#elif CASE == 2
struct { __type(priority, int); } XDP_RUN_CONFIG(refused);
#elif CASE == 3
struct { int XDP_DROP; } XDP_RUN_CONFIG(refused);
#elif CASE == 4
union { __uint(priority, 5); } XDP_RUN_CONFIG(refused);
#elif CASE == 5
struct { enum { ten = 10 } priority; } XDP_RUN_CONFIG(refused);
SEC("xdp") int beside(struct xdp_md *ctx) { return XDP_PASS; }
#endif

SEC("xdp") int refused(struct xdp_md *ctx) { return XDP_DROP; }

char _license[] SEC("license") = "MIT";
