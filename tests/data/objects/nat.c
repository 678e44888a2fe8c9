// SPDX-License-Identifier: MIT
// Destination NAT: addresses and ports from a hash, IPv4 and TCP/UDP checksums brought up to date from the difference alone.
#include "object.h"

struct service {
    __be32 address;
    __be16 port;
    __u8 protocol;
    __u8 padding;
};

struct backend {
    __be32 address;
    __be16 port;
    __u16 padding;
};

MAP(HASH, services, struct service, struct backend, 64);
RESULTS(4);

static __always_inline __u16 fold(__u64 sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

SEC("xdp")
int translate(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    void *end = frame_end(ctx);
    struct service service = {};
    struct backend *backend;
    __be32 from[2] = {}, to[2] = {};
    __be16 *ports, *check = NULL;
    __s64 difference;

    if (!ip)
        return XDP_PASS;
    ports = (void *)(ip + 1);
    if (ip->protocol == IPPROTO_TCP) {
        struct tcphdr *tcp = (void *)ports;

        if ((void *)(tcp + 1) > end)
            return XDP_DROP;
        check = &tcp->check;
    } else if (ip->protocol == IPPROTO_UDP) {
        struct udphdr *udp = (void *)ports;

        if ((void *)(udp + 1) > end)
            return XDP_DROP;
        check = &udp->check;
    } else {
        return XDP_PASS;
    }

    service.address = ip->daddr;
    service.port = ports[1];
    service.protocol = ip->protocol;
    backend = bpf_map_lookup_elem(&services, &service);
    if (!backend) {
        // No rule: still translate, to an address made from the one at hand, so that every capture exercises this path.
        struct backend fresh = { .address = service.address ^ bpf_htonl(0x00ff00ff), .port = service.port ^ bpf_htons(0x0f0f) };

        record(0, bpf_map_update_elem(&services, &service, &fresh, BPF_NOEXIST));
        backend = bpf_map_lookup_elem(&services, &service);
        if (!backend)
            return XDP_PASS;
    }

    from[0] = ip->daddr;
    from[1] = ports[1];
    to[0] = backend->address;
    to[1] = backend->port;

    difference = bpf_csum_diff(from, 4, to, 4, (__u16)~ip->check);
    record(1, difference);
    ip->check = ~fold(difference);

    // A UDP checksum of zero means there is none.
    if (ip->protocol != IPPROTO_UDP || *check) {
        difference = bpf_csum_diff(from, sizeof(from), to, sizeof(to), (__u16)~*check);
        record(2, difference);
        *check = ~fold(difference);
    }
    ip->daddr = backend->address;
    ports[1] = backend->port;
    return XDP_TX;
}

LICENSE("MIT");
