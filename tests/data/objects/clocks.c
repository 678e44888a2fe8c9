// SPDX-License-Identifier: MIT
// Every clock there is, and the memory node. What they answer differs from run to run and is not recorded; how they stand to one another is.
#include "object.h"

enum { TICK_NS = 4000000 };

RESULTS(8);

SEC("xdp")
int tell(struct xdp_md *ctx)
{
    __u64 coarse = bpf_ktime_get_coarse_ns(), now = bpf_ktime_get_ns(), boot = bpf_ktime_get_boot_ns();
    __u64 tai = bpf_ktime_get_tai_ns(), jiffies = bpf_jiffies64();

    record(0, coarse <= now);
    record(1, boot >= now);
    record(2, coarse % TICK_NS == 0 || now - coarse < 100 * TICK_NS);
    record(3, bpf_jiffies64() >= jiffies);
    record(4, bpf_ktime_get_boot_ns() >= boot);
    record(5, bpf_ktime_get_coarse_ns() >= coarse);
    record(6, bpf_ktime_get_tai_ns() >= tai);
    record(7, bpf_get_numa_node_id());
    return boot - now < 1000000000000000ULL ? XDP_PASS : frame_length(ctx) ? XDP_DROP : XDP_TX;
}

LICENSE("GPL");
