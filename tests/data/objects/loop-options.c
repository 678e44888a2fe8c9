// SPDX-License-Identifier: MIT
// TCP options read by bpf_loop, one option a call; a loop inside it sums an option's bytes. Also loops that are refused, empty, and cut short.
#include "object.h"

enum { MAX_OPTIONS = 40, END = 0, NOTHING = 1, MSS = 2 };

struct scan {
    struct xdp_md *ctx;
    __u32 at, end;
    __u32 kinds, mss, sum, malformed;
};

struct bytes {
    struct xdp_md *ctx;
    __u32 at, sum;
};

RESULTS(10);

static long add_byte(__u32 n, void *data)
{
    struct bytes *bytes = data;
    __u8 byte;

    if (bpf_xdp_load_bytes(bytes->ctx, bytes->at + n, &byte, 1))
        return 1;
    bytes->sum += byte * (n + 1);
    return 0;
}

static long read_option(__u32 n, void *data)
{
    struct scan *scan = data;
    struct bytes bytes = { .ctx = scan->ctx };
    __u8 head[2];
    __be16 mss;

    if (scan->at >= scan->end)
        return 1;
    if (bpf_xdp_load_bytes(scan->ctx, scan->at, head, 1) || head[0] == END)
        return 1;
    scan->kinds |= 1u << (head[0] & 31);
    if (head[0] == NOTHING) {
        scan->at++;
        return 0;
    }
    if (bpf_xdp_load_bytes(scan->ctx, scan->at, head, 2) || head[1] < 2) {
        scan->malformed = n + 1;
        return 1;
    }
    if (head[0] == MSS && !bpf_xdp_load_bytes(scan->ctx, scan->at + 2, &mss, sizeof(mss)))
        scan->mss = bpf_ntohs(mss);
    bytes.at = scan->at + 2;
    bpf_loop(head[1] - 2, add_byte, &bytes, 0);
    scan->sum += bytes.sum;
    scan->at += head[1];
    return 0;
}

static long stop_at(__u32 n, void *data)
{
    return n == *(__u32 *)data;
}

SEC("xdp")
int scan_options(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    struct scan scan = { .ctx = ctx };
    __u32 stop = frame_length(ctx) & 63;
    struct tcphdr tcp;

    record(0, bpf_loop(50, stop_at, &stop, 0));
    record(1, bpf_loop(0, stop_at, &stop, 0));
    record(2, bpf_loop(1, stop_at, &stop, 1));
    record(3, bpf_loop((8 << 20) + 1, stop_at, &stop, 0));
    record(4, bpf_loop(8 << 20, stop_at, &stop, 0));
    if (!ip || ip->protocol != IPPROTO_TCP)
        return XDP_PASS;
    scan.at = sizeof(struct ethhdr) + sizeof(*ip);
    if (bpf_xdp_load_bytes(ctx, scan.at, &tcp, sizeof(tcp)))
        return XDP_DROP;
    scan.end = scan.at + tcp.doff * 4;
    scan.at += sizeof(tcp);
    record(5, bpf_loop(MAX_OPTIONS, read_option, &scan, 0));
    record(6, scan.kinds);
    record(7, scan.mss);
    record(8, scan.sum);
    record(9, scan.malformed);
    return scan.malformed ? XDP_DROP : XDP_TX;
}

LICENSE("GPL");
