// SPDX-License-Identifier: MIT
// Translates between IPv6 hosts and IPv4 ones (RFC 6146, 7915): 64:ff9b::/96 stands for all of IPv4, a pool of addresses for the hosts that
// use it. The header is replaced by one of the other kind, transport checksums follow the difference, ICMP changes its types.
#include "protocols.h"

enum { TO4, TO6, NO_BINDING, POOL_EMPTY, HOPS_OUT, UNTRANSLATABLE, OTHER, REASONS };
enum { IP6_BYTES = 40, IP4_BYTES = 20, POOL = 0x0a640000, POOL_BITS = 0xffff0000 };

struct host {
    __be32 address[4];
};

struct binding {
    __be32 address;
    __u32 packets;
};

MAP(HASH, bindings, struct host, struct binding, 256);
MAP(HASH, hosts, __be32, struct host, 256);
TALLIES(REASONS);

struct {
    __uint(type, BPF_MAP_TYPE_STACK);
    __uint(max_entries, 256);
    __uint(value_size, sizeof(__be32));
} pool SEC(".maps");

__u32 filled;

// The pool fills itself when the first host asks.
static __noinline __be32 bind(const struct host *host)
{
    struct binding binding = {};
    struct host copy;

    if (!host)
        return 0;
    copy = *host;
    if (!filled) {
        filled = 1;
        for (__u32 i = 0; i < 8; i++) {
            __be32 address = bpf_htonl(POOL + i);

            bpf_map_push_elem(&pool, &address, BPF_ANY);
        }
    }
    if (bpf_map_pop_elem(&pool, &binding.address))
        return 0;
    bpf_map_update_elem(&bindings, &copy, &binding, BPF_ANY);
    bpf_map_update_elem(&hosts, &binding.address, &copy, BPF_ANY);
    return binding.address;
}

static __always_inline __be32 binding_of(const struct host *host)
{
    struct binding *binding = bpf_map_lookup_elem(&bindings, host);

    if (!binding)
        return bind(host);
    binding->packets++;
    return binding->address;
}

static __always_inline __u16 *checksum_of(__u8 protocol, void *transport, void *end)
{
    if (protocol == IPPROTO_TCP && transport + sizeof(struct tcphdr) <= end)
        return &((struct tcphdr *)transport)->check;
    if (protocol == IPPROTO_UDP && transport + sizeof(struct udphdr) <= end)
        return &((struct udphdr *)transport)->check;
    if ((protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) && transport + 8 <= end)
        return transport + 2;
    return NULL;
}

static __always_inline int to_ipv4(struct xdp_md *ctx, struct ethhdr *eth, struct ipv6hdr *ip6)
{
    void *end = frame_end(ctx);
    struct ethhdr kept = *eth;
    struct iphdr ip = { .version = 4, .ihl = 5 }, *out;
    struct host host;
    __u8 *transport = (void *)(ip6 + 1);
    __u16 *check = checksum_of(ip6->nexthdr, transport, end);
    __s64 difference;

    if (!check) {
        tally(ctx, UNTRANSLATABLE);
        return XDP_DROP;
    }
    if (ip6->hop_limit <= 1) {
        tally(ctx, HOPS_OUT);
        return XDP_DROP;
    }
    __builtin_memcpy(host.address, &ip6->saddr, sizeof(host.address));
    ip.saddr = binding_of(&host);
    if (!ip.saddr) {
        tally(ctx, POOL_EMPTY);
        return XDP_DROP;
    }
    ip.daddr = ip6->daddr.s6_addr32[3];
    ip.tos = ip6->priority << 4 | ip6->flow_lbl[0] >> 4;
    ip.tot_len = bpf_htons(bpf_ntohs(ip6->payload_len) + IP4_BYTES);
    ip.ttl = ip6->hop_limit - 1;
    ip.frag_off = bpf_htons(0x4000);
    ip.protocol = ip6->nexthdr;
    if (ip6->nexthdr == IPPROTO_ICMPV6) {
        __be32 before[10] = {}, after = 0;

        if (transport[0] != 128 && transport[0] != 129) {
            tally(ctx, UNTRANSLATABLE);
            return XDP_DROP;
        }
        // ICMP has no pseudo-header: what ICMPv6's added goes away with the type.
        __builtin_memcpy(before, &ip6->saddr, 32);
        before[8] = bpf_htonl(bpf_ntohs(ip6->payload_len));
        before[9] = bpf_htonl(IPPROTO_ICMPV6) + transport[0];
        transport[0] = transport[0] == 128 ? 8 : 0;
        after = transport[0];
        difference = bpf_csum_diff(before, sizeof(before), &after, sizeof(after), (__u16)~*check);
        ip.protocol = IPPROTO_ICMP;
    } else {
        __be32 after[2] = { ip.saddr, ip.daddr };

        difference = bpf_csum_diff((void *)&ip6->saddr, 32, after, sizeof(after), (__u16)~*check);
    }
    *check = ~fold(difference);
    ip.check = ipv4_checksum(&ip);
    if (bpf_xdp_adjust_head(ctx, IP6_BYTES - IP4_BYTES))
        return XDP_ABORTED;
    eth = frame_begin(ctx);
    out = (void *)(eth + 1);
    if ((void *)(out + 1) > frame_end(ctx))
        return XDP_ABORTED;
    *eth = kept;
    eth->h_proto = bpf_htons(ETH_P_IP);
    *out = ip;
    tally(ctx, TO4);
    return XDP_PASS;
}

static __always_inline int to_ipv6(struct xdp_md *ctx, struct ethhdr *eth, struct iphdr *ip)
{
    void *end = frame_end(ctx);
    struct ethhdr kept = *eth;
    struct ipv6hdr ip6 = { .version = 6 }, *out;
    __u8 *transport = (void *)(ip + 1);
    __u16 *check = checksum_of(ip->protocol, transport, end);
    __be32 address = ip->daddr, before[2] = { ip->saddr, ip->daddr };
    struct host *host;
    __s64 difference;

    host = bpf_map_lookup_elem(&hosts, &address);
    if (!host) {
        tally(ctx, NO_BINDING);
        return XDP_DROP;
    }
    if (!check || ip->frag_off & bpf_htons(IP_MF | IP_OFFSET)) {
        tally(ctx, UNTRANSLATABLE);
        return XDP_DROP;
    }
    ip6.saddr.s6_addr32[0] = bpf_htonl(0x0064ff9b);
    ip6.saddr.s6_addr32[3] = ip->saddr;
    __builtin_memcpy(&ip6.daddr, host->address, sizeof(ip6.daddr));
    ip6.payload_len = bpf_htons(bpf_ntohs(ip->tot_len) - IP4_BYTES);
    ip6.hop_limit = ip->ttl - 1;
    ip6.nexthdr = ip->protocol;
    ip6.priority = ip->tos >> 4;
    ip6.flow_lbl[0] = ip->tos << 4;
    if (ip->protocol == IPPROTO_ICMP) {
        __be32 after[10], gone = transport[0];

        if (transport[0] != 0 && transport[0] != 8) {
            tally(ctx, UNTRANSLATABLE);
            return XDP_DROP;
        }
        transport[0] = transport[0] ? 128 : 129;
        __builtin_memcpy(after, &ip6.saddr, 32);
        after[8] = bpf_htonl(bpf_ntohs(ip6.payload_len));
        after[9] = bpf_htonl(IPPROTO_ICMPV6) + transport[0];
        difference = bpf_csum_diff(&gone, sizeof(gone), after, sizeof(after), (__u16)~*check);
        ip6.nexthdr = IPPROTO_ICMPV6;
    } else {
        difference = bpf_csum_diff(before, sizeof(before), (void *)&ip6.saddr, 32, (__u16)~*check);
    }
    *check = ~fold(difference);
    if (bpf_xdp_adjust_head(ctx, IP4_BYTES - IP6_BYTES))
        return XDP_ABORTED;
    eth = frame_begin(ctx);
    out = (void *)(eth + 1);
    if ((void *)(out + 1) > frame_end(ctx))
        return XDP_ABORTED;
    *eth = kept;
    eth->h_proto = bpf_htons(ETH_P_IPV6);
    *out = ip6;
    tally(ctx, TO6);
    return XDP_PASS;
}

SEC("xdp")
int translate(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    void *end = frame_end(ctx);
    struct iphdr *ip = ipv4_of(ctx);

    if (!eth)
        return XDP_DROP;
    if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
        struct ipv6hdr *ip6 = (void *)(eth + 1);

        if ((void *)(ip6 + 1) > end)
            return XDP_DROP;
        if (ip6->daddr.s6_addr32[0] == bpf_htonl(0x0064ff9b) && !ip6->daddr.s6_addr32[1] && !ip6->daddr.s6_addr32[2])
            return to_ipv4(ctx, eth, ip6);
    } else if (ip && (ip->daddr & bpf_htonl(POOL_BITS)) == bpf_htonl(POOL)) {
        return to_ipv6(ctx, eth, ip);
    }
    tally(ctx, OTHER);
    return XDP_PASS;
}

LICENSE("MIT");
