// SPDX-License-Identifier: Dual MIT/GPL
// A logger whose records are as long as what they are about: a header and as much of the frame as its kind deserves, in a ring buffer by dynamic
// pointers. What turns out not to be worth it is discarded, and what is too long for the ring finds no room.
#include "dynptr.h"

enum { HEAD = 14, ODD_SIZES = 3 };

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 18);
} records SEC(".maps");

struct header {
    __u32 serial;
    __u16 length;
    __u16 kept;
    __u16 type;
    __u8 group;
    __u8 cut;
};

static __u32 serial;
RESULTS(10);

// How many bytes of a frame are kept.
static __u32 worth(__u16 type, __u32 length)
{
    __u32 most = type == ETH_P_IP ? 96 : type == ETH_P_IPV6 ? 128 : type == ETH_P_ARP ? 28 + HEAD : 33;

    return length < most ? length : most;
}

SEC("xdp")
int log_frame(struct xdp_md *ctx)
{
    struct bpf_dynptr frame, entry, rest;
    struct header header = {}, *placed;
    __u8 buffer[HEAD], *head;
    __u32 length, kept;

    if (bpf_dynptr_from_xdp(ctx, 0, &frame))
        return XDP_ABORTED;
    length = bpf_dynptr_size(&frame);
    head = bpf_dynptr_slice(&frame, 0, buffer, HEAD);
    if (!head)
        return XDP_DROP;
    header.serial = ++serial;
    header.length = length;
    header.type = head[12] << 8 | head[13];
    header.group = head[0] & 1;
    kept = worth(header.type, length);
    header.kept = kept;
    header.cut = kept < length;

    if (serial % 64 == 0)
        kept = 1 << 20;
    record(0, bpf_ringbuf_reserve_dynptr(&records, sizeof(header) + kept, 0, &entry));
    record(1, is_null(&entry));
    record(2, bpf_dynptr_size(&entry));
    if (is_null(&entry)) {
        bpf_ringbuf_discard_dynptr(&entry, 0);
        return XDP_PASS;
    }
    record(3, bpf_dynptr_copy(&entry, sizeof(header), &frame, 0, kept));
    placed = bpf_dynptr_data(&entry, 0, sizeof(header));
    if (placed)
        *placed = header;
    record(4, placed != NULL);
    record(5, bpf_dynptr_write(&entry, sizeof(header) + kept - 1, &header, 2, 0));
    // A clone that begins at the frame's bytes: what is odd there is marked.
    if (bpf_dynptr_clone(&entry, &rest) || bpf_dynptr_adjust(&rest, sizeof(header), sizeof(header) + kept)) {
        bpf_ringbuf_discard_dynptr(&entry, BPF_RB_NO_WAKEUP);
        return XDP_ABORTED;
    }
    head = bpf_dynptr_slice_rdwr(&rest, 6, NULL, 6);
    if (head && kept % ODD_SIZES == 0)
        head[0] ^= 0xff;
    record(6, bpf_dynptr_read(&header, sizeof(header), &rest, 0, 0));
    record(7, header.serial);
    if (header.group || kept % 5 == 4) {
        bpf_ringbuf_discard_dynptr(&rest, 0);
        return XDP_DROP;
    }
    bpf_ringbuf_submit_dynptr(&rest, BPF_RB_FORCE_WAKEUP);
    record(8, bpf_ringbuf_query(&records, BPF_RB_PROD_POS));
    // Flags have no dynamic pointer made.
    record(9, bpf_ringbuf_reserve_dynptr(&records, 8, 1, &entry));
    bpf_ringbuf_submit_dynptr(&entry, 0);
    return XDP_PASS;
}

LICENSE("Dual MIT/GPL");
