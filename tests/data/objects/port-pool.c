// SPDX-License-Identifier: MIT
// A queue as an allocator of free ports: taken for a new flow, given back when it ends; a stack keeps the last flows that found none.
#include "object.h"

struct {
    __uint(type, BPF_MAP_TYPE_QUEUE);
    __uint(max_entries, 16);
    __type(value, __u16);
} free_ports SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_STACK);
    __uint(max_entries, 4);
    __type(value, __u32);
} unserved SEC(".maps");

MAP(HASH, port_of, __u32, __u16, 256);
MAP(ARRAY, filled, __u32, __u32, 1);
RESULTS(8);

static __always_inline void fill(void)
{
    __u32 zero = 0, *done = bpf_map_lookup_elem(&filled, &zero);

    if (!done || *done)
        return;
    *done = 1;
    for (__u16 port = 0; port < 18; port++) {
        __u16 value = 40000 + port;

        record(0, bpf_map_push_elem(&free_ports, &value, BPF_ANY));
    }
}

SEC("xdp")
int allocate_ports(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    __u32 flow, last = 0;
    __u16 port = 0, next = 0, *known;

    fill();
    if (!ip)
        return XDP_PASS;
    flow = ip->saddr ^ ip->daddr;
    known = bpf_map_lookup_elem(&port_of, &flow);
    if (known && (ip->id & 3)) {
        record(1, *known);
        return XDP_TX;
    }
    if (known) {
        port = *known;
        record(2, bpf_map_push_elem(&free_ports, &port, BPF_EXIST));
        bpf_map_delete_elem(&port_of, &flow);
        return XDP_PASS;
    }
    record(3, bpf_map_peek_elem(&free_ports, &next));
    record(4, next);
    if (bpf_map_pop_elem(&free_ports, &port)) {
        record(5, bpf_map_push_elem(&unserved, &flow, BPF_EXIST));
        if (!bpf_map_peek_elem(&unserved, &last))
            record(6, last);
        return XDP_DROP;
    }
    record(7, port);
    bpf_map_update_elem(&port_of, &flow, &port, BPF_ANY);
    return XDP_PASS;
}

LICENSE("MIT");
