// SPDX-License-Identifier: Dual MIT/GPL
// An anonymiser: of IPv4 frames everything behind the transport header is overwritten, and so are the hosts of their addresses; TCP's checksum, wrong then, is
// cleared. What a fill answers beyond an end is recorded, of a frame, a value, and a pointer to nothing.
#include "dynptr.h"

extern int bpf_dynptr_memset(struct bpf_dynptr *ptr, __u32 offset, __u32 size, __u8 value) __ksym;

enum { SCRATCH = 48 };

struct scratch {
    __u8 bytes[SCRATCH];
};

MAP(ARRAY, scratches, __u32, struct scratch, 2);
RESULTS(12);

// At what is behind a header, of a frame that may be shorter by now.
static void mask(struct bpf_dynptr *frame, __u32 from)
{
    __u32 size = bpf_dynptr_size(frame);

    record(0, bpf_dynptr_memset(frame, from, size - from, 'x'));
    record(1, bpf_dynptr_memset(frame, size, 0, 1));
    record(2, bpf_dynptr_memset(frame, size, 1, 1));
    record(3, bpf_dynptr_memset(frame, from, size, 1));
}

static void fill_scratch(__u32 which)
{
    struct scratch *scratch = bpf_map_lookup_elem(&scratches, &which);
    struct bpf_dynptr memory;

    if (!scratch)
        return;
    record(4, bpf_dynptr_from_mem(scratch->bytes, SCRATCH, which, &memory));
    record(5, bpf_dynptr_memset(&memory, 8, 16, 0xa5));
    record(6, bpf_dynptr_adjust(&memory, 12, 40));
    record(7, bpf_dynptr_memset(&memory, 0, bpf_dynptr_size(&memory), 7));
    record(8, bpf_dynptr_memset(&memory, 27, 2, 8) << 8 | (__u8)bpf_dynptr_memset(&memory, 0, 0, 9));
}

SEC("xdp")
int mask_payload(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    struct bpf_dynptr frame;
    __u32 at = sizeof(struct ethhdr) + sizeof(*ip), behind;
    __u8 protocol, buffer[sizeof(struct tcphdr)] = {};
    struct tcphdr *tcp;

    fill_scratch(frame_length(ctx) & 1);
    if (!ip)
        return XDP_PASS;
    protocol = ip->protocol;
    if (bpf_dynptr_from_xdp(ctx, 0, &frame))
        return XDP_ABORTED;
    if (protocol == IPPROTO_TCP) {
        tcp = bpf_dynptr_slice(&frame, at, buffer, sizeof(*tcp));
        if (!tcp)
            return XDP_DROP;
        behind = at + tcp->doff * 4;
        record(9, bpf_dynptr_memset(&frame, at + 16, 2, 0));
    } else {
        behind = at + sizeof(struct udphdr);
    }
    record(10, bpf_dynptr_memset(&frame, at - 6, 2, 1));
    mask(&frame, behind);
    // One byte less than the pointer knows of.
    if (protocol == IPPROTO_ICMP && !bpf_xdp_adjust_tail(ctx, -1))
        record(11, bpf_dynptr_memset(&frame, behind, bpf_dynptr_size(&frame) - behind, 'y'));
    return behind > bpf_dynptr_size(&frame) ? XDP_DROP : XDP_TX;
}

LICENSE("Dual MIT/GPL");
