// SPDX-License-Identifier: MIT
// Text in a TCP payload: HTTP methods and versions by comparison, the status as a number in three bases.
#include "object.h"

enum { LINE = 16 };

RESULTS(8);

SEC("xdp")
int read_line(struct xdp_md *ctx)
{
    static const char method[] = "GET ", version[] = "HTTP/1.";
    struct iphdr *ip = ipv4_of(ctx);
    struct tcphdr tcp;
    char line[LINE] = {};
    __u32 at = sizeof(struct ethhdr) + sizeof(*ip);
    unsigned long number;
    long status;

    if (!ip || ip->protocol != IPPROTO_TCP || bpf_xdp_load_bytes(ctx, at, &tcp, sizeof(tcp)))
        return XDP_PASS;
    at += tcp.doff * 4;
    if (bpf_xdp_load_bytes(ctx, at, line, sizeof(line)))
        return XDP_PASS;
    record(0, bpf_strncmp(line, sizeof(method) - 1, method));
    record(1, bpf_strncmp(line, sizeof(line), version));
    if (bpf_strncmp(line, sizeof(version) - 1, version)) {
        record(2, bpf_strtol(line, sizeof(line), 0, &status));
        record(3, status);
        return XDP_PASS;
    }
    record(4, bpf_strtol(line + sizeof(version), 8, 10, &status));
    record(5, status);
    record(6, bpf_strtoul(line + sizeof(version), 8, 16, &number));
    record(7, number);
    return status >= 400 ? XDP_DROP : XDP_PASS;
}

LICENSE("GPL");
