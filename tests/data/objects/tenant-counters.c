// SPDX-License-Identifier: MIT
// Counters per tenant in maps of their own: an array of maps by protocol, a hash of maps by VLAN or first byte of the address, filled by initialisers.
#include "object.h"

struct counters {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 64);
    __type(key, __u32);
    __type(value, __u64);
};

struct counters udp_lengths SEC(".maps"), tcp_lengths SEC(".maps"), tenant_ten SEC(".maps"), tenant_other SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 32);
    __type(key, __u32);
    __array(values, struct counters);
} by_protocol SEC(".maps") = { .values = { [IPPROTO_TCP] = &tcp_lengths, [IPPROTO_UDP] = &udp_lengths } };

struct {
    __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
    __uint(max_entries, 8);
    __type(key, __u32);
    __array(values, struct counters);
} by_tenant SEC(".maps") = { .values = { [1] = &tenant_ten, [2] = &tenant_other } };

RESULTS(4);

static __always_inline void add(void *counters, __u32 key)
{
    __u64 one = 1, *seen;

    if (!counters)
        return;
    seen = bpf_map_lookup_elem(counters, &key);
    if (seen)
        __sync_fetch_and_add(seen, 1);
    else
        record(0, bpf_map_update_elem(counters, &key, &one, BPF_NOEXIST));
    if ((key & 15) == 3)
        record(1, bpf_map_delete_elem(counters, &key));
}

SEC("xdp")
int count_tenants(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    __u32 protocol, tenant;

    if (!ip)
        return XDP_PASS;
    protocol = ip->protocol;
    add(bpf_map_lookup_elem(&by_protocol, &protocol), frame_length(ctx) & 127);
    tenant = (ip->saddr & 0xff) == 10 ? 1 : 2 + (ip->ttl & 1);
    add(bpf_map_lookup_elem(&by_tenant, &tenant), ip->daddr >> 24);
    return XDP_PASS;
}

LICENSE("MIT");
