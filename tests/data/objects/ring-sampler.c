// SPDX-License-Identifier: MIT
// A sampler: every third frame's head goes to a ring buffer, reserved and submitted or discarded, short frames by a copy.
#include "object.h"

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 18);
} samples SEC(".maps");

struct sample {
    __u64 length;
    __u32 serial;
    __u8 head[20];
};

static __u32 serial;
RESULTS(6);

SEC("xdp")
int sample_frames(struct xdp_md *ctx)
{
    struct sample *sample;
    __u8 *head = frame_begin(ctx);
    __u64 length = frame_length(ctx);

    serial++;
    if (length < 40) {
        record(0, bpf_ringbuf_output(&samples, &length, sizeof(length), 0));
        return XDP_PASS;
    }
    if (serial % 3)
        return XDP_PASS;
    sample = bpf_ringbuf_reserve(&samples, sizeof(*sample), 0);
    record(1, sample != NULL);
    if (!sample)
        return XDP_DROP;
    sample->length = length;
    sample->serial = serial;
    if ((void *)(head + sizeof(sample->head)) > frame_end(ctx)) {
        bpf_ringbuf_discard(sample, BPF_RB_NO_WAKEUP);
        return XDP_DROP;
    }
    __builtin_memcpy(sample->head, head, sizeof(sample->head));
    if (head[5] & 1) {
        bpf_ringbuf_discard(sample, 0);
    } else {
        bpf_ringbuf_submit(sample, BPF_RB_FORCE_WAKEUP);
    }
    record(2, bpf_ringbuf_query(&samples, BPF_RB_RING_SIZE));
    record(3, bpf_ringbuf_output(&samples, &length, sizeof(length), 4));
    record(4, bpf_ringbuf_query(&samples, BPF_RB_PROD_POS));
    return XDP_PASS;
}

LICENSE("MIT");
