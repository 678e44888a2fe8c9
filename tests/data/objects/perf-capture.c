// SPDX-License-Identifier: MIT
// A packet capture by perf events, as xdpdump and Cilium have it: a header of its own, then as much of the packet as fits a snap length.
#include "object.h"

struct {
    __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
    __uint(key_size, sizeof(__u32));
    __uint(value_size, sizeof(__u32));
} captured SEC(".maps");

struct header {
    __u32 length;
    __u32 taken;
    __u32 ifindex;
};

#define SNAP 96

RESULTS(6);

SEC("xdp")
int capture(struct xdp_md *ctx)
{
    __u64 length = frame_length(ctx);
    __u64 taken = length < SNAP ? length : SNAP;
    struct header header = { length, taken, ctx->ingress_ifindex };

    record(0, bpf_perf_event_output(ctx, &captured, BPF_F_CURRENT_CPU | taken << 32, &header, sizeof(header)));
    if (length & 1)
        record(1, bpf_perf_event_output(ctx, &captured, 0, &header, 5));
    record(2, bpf_perf_event_output(ctx, &captured, BPF_F_CURRENT_CPU | (length + 1) << 32, &header, sizeof(header)));
    record(3, bpf_perf_event_output(ctx, &captured, 1000, &header, sizeof(header)));
    record(4, bpf_perf_event_output(ctx, &captured, BPF_F_CURRENT_CPU | 1ULL << 60, &header, sizeof(header)));
    return XDP_PASS;
}

LICENSE("GPL");
