// SPDX-License-Identifier: MIT
// Redirects by cpumap: hits, misses with each return code, flags that only devmaps know, values of 4 and 8 bytes.
#include "object.h"

struct queue {
    __u32 frames;
    __u32 program;
};

MAP(CPUMAP, cpus, __u32, __u32, 4);
MAP(CPUMAP, queues, __u32, struct queue, 4);

SEC("xdp")
int redirect_cpu(struct xdp_md *ctx)
{
    __u64 length = frame_length(ctx);

    switch (length % 6) {
    case 0:
        return bpf_redirect_map(&cpus, 0, 0);
    case 1:
        return bpf_redirect_map(&queues, 0, XDP_PASS);
    case 2:
        return bpf_redirect_map(&cpus, 1, length >> 4 & 3);
    case 3:
        return bpf_redirect_map(&queues, 1 + length, XDP_TX);
    case 4:
        return bpf_redirect_map(&cpus, 0, BPF_F_BROADCAST | XDP_PASS);
    default:
        return bpf_redirect_map(&queues, 0, BPF_F_EXCLUDE_INGRESS | XDP_PASS);
    }
}

LICENSE("MIT");
