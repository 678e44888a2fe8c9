// SPDX-License-Identifier: Dual MIT/GPL
// A SYN proxy in the shape of the kernel's xdp_synproxy: a SYN is answered from the card with a cookie, an ACK is let through only if it brings one back, and
// everything after that belongs to a client that has proven its address. Clients stay proven in an LRU hash.
#include "object.h"

enum { MAX_TCP = 60, REPLY_TCP = sizeof(struct tcphdr) + 4, SYNS = 0, ACKS = 1, FORGED = 2, STRANGERS = 3, SIZES = 4 };

struct client {
    __be32 address[4];
    __be16 port;
    __be16 server_port;
};

MAP(LRU_HASH, proven, struct client, __u64, 1024);
RESULTS(6);

static __always_inline __u16 fold(__u64 sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

static __always_inline void swap_ends(struct ethhdr *eth, struct tcphdr *tcp)
{
    __u8 address[ETH_ALEN];
    __be16 port = tcp->source;

    __builtin_memcpy(address, eth->h_source, ETH_ALEN);
    __builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
    __builtin_memcpy(eth->h_dest, address, ETH_ALEN);
    tcp->source = tcp->dest;
    tcp->dest = port;
}

// The SYN becomes the SYN-ACK, with the segment size that the cookie stands for as its only option.
static __always_inline void answer(struct tcphdr *tcp, long cookie)
{
    __be32 *option = (void *)(tcp + 1);

    tcp->ack_seq = bpf_htonl(bpf_ntohl(tcp->seq) + 1);
    tcp->seq = bpf_htonl((__u32)cookie);
    tcp->ack = 1;
    tcp->ece = 0;
    tcp->cwr = 0;
    tcp->psh = 0;
    tcp->urg = 0;
    tcp->urg_ptr = 0;
    tcp->doff = REPLY_TCP / 4;
    tcp->window = bpf_htons(64240);
    *option = bpf_htonl(2 << 24 | 4 << 16 | (__u32)(cookie >> 32));
}

static __always_inline int answer_ipv4(struct xdp_md *ctx, __u32 length)
{
    struct ethhdr *eth = frame_begin(ctx);
    struct iphdr *ip = (void *)(eth + 1);
    struct tcphdr *tcp = (void *)(ip + 1);
    __be32 address, pseudo[3];
    long cookie;

    if ((void *)tcp + MAX_TCP > frame_end(ctx))
        return XDP_DROP;
    cookie = bpf_tcp_raw_gen_syncookie_ipv4(ip, tcp, length);
    if (cookie < 0)
        return XDP_DROP;
    record(SIZES, cookie >> 32);
    swap_ends(eth, tcp);
    answer(tcp, cookie);
    address = ip->saddr;
    ip->saddr = ip->daddr;
    ip->daddr = address;
    ip->ttl = 64;
    ip->frag_off = 0;
    ip->tot_len = bpf_htons(sizeof(*ip) + REPLY_TCP);
    ip->check = 0;
    ip->check = ~fold(bpf_csum_diff(NULL, 0, (__be32 *)ip, sizeof(*ip), 0));
    pseudo[0] = ip->saddr;
    pseudo[1] = ip->daddr;
    pseudo[2] = bpf_htonl(IPPROTO_TCP << 16 | (__u32)REPLY_TCP);
    tcp->check = 0;
    tcp->check = ~fold(bpf_csum_diff(NULL, 0, (__be32 *)tcp, REPLY_TCP, bpf_csum_diff(NULL, 0, pseudo, sizeof(pseudo), 0)));
    bpf_xdp_adjust_tail(ctx, (int)(sizeof(*eth) + sizeof(*ip) + REPLY_TCP) - (int)frame_length(ctx));
    return XDP_TX;
}

static __always_inline int answer_ipv6(struct xdp_md *ctx, __u32 length)
{
    struct ethhdr *eth = frame_begin(ctx);
    struct ipv6hdr *ip = (void *)(eth + 1);
    struct tcphdr *tcp = (void *)(ip + 1);
    struct in6_addr address;
    __be32 pseudo[2];
    long cookie;
    __u64 sum;

    if ((void *)tcp + MAX_TCP > frame_end(ctx))
        return XDP_DROP;
    cookie = bpf_tcp_raw_gen_syncookie_ipv6(ip, tcp, length);
    if (cookie < 0)
        return XDP_DROP;
    record(SIZES, cookie >> 32);
    swap_ends(eth, tcp);
    answer(tcp, cookie);
    address = ip->saddr;
    ip->saddr = ip->daddr;
    ip->daddr = address;
    ip->hop_limit = 64;
    ip->payload_len = bpf_htons(REPLY_TCP);
    pseudo[0] = bpf_htonl(REPLY_TCP);
    pseudo[1] = bpf_htonl(IPPROTO_TCP);
    sum = bpf_csum_diff(NULL, 0, pseudo, sizeof(pseudo), 0);
    sum = bpf_csum_diff(NULL, 0, (__be32 *)&ip->saddr, 2 * sizeof(ip->saddr), sum);
    tcp->check = 0;
    tcp->check = ~fold(bpf_csum_diff(NULL, 0, (__be32 *)tcp, REPLY_TCP, sum));
    bpf_xdp_adjust_tail(ctx, (int)(sizeof(*eth) + sizeof(*ip) + REPLY_TCP) - (int)frame_length(ctx));
    return XDP_TX;
}

// All that a TCP header may have is brought into the frame, which the helper and the verifier need; what is grown is not read.
static __always_inline int answer_syn(struct xdp_md *ctx, __u32 at, const struct tcphdr *tcp, int is_ipv6)
{
    __u32 length = tcp->doff * 4;

    opaque(length);
    length &= 0x3c;
    if (length < sizeof(*tcp) || at + length > frame_length(ctx))
        return XDP_DROP;
    count(SYNS);
    if (bpf_xdp_adjust_tail(ctx, (int)(at + MAX_TCP) - (int)frame_length(ctx)))
        return XDP_DROP;
    return is_ipv6 ? answer_ipv6(ctx, length) : answer_ipv4(ctx, length);
}

static __always_inline int judge(struct xdp_md *ctx, __u32 at, struct client *client, const struct tcphdr *tcp, const struct iphdr *ip, const struct ipv6hdr *ip6)
{
    __u64 now = 1, *known;

    if (tcp->syn)
        return tcp->ack || tcp->fin || tcp->rst ? XDP_DROP : answer_syn(ctx, at, tcp, ip6 != NULL);

    client->port = tcp->source;
    client->server_port = tcp->dest;
    known = bpf_map_lookup_elem(&proven, client);
    if (known) {
        ++*known;
        return XDP_PASS;
    }
    if (!tcp->ack || tcp->rst) {
        count(STRANGERS);
        return XDP_DROP;
    }
    if (ip6 ? bpf_tcp_raw_check_syncookie_ipv6((struct ipv6hdr *)ip6, (struct tcphdr *)tcp) : bpf_tcp_raw_check_syncookie_ipv4((struct iphdr *)ip, (struct tcphdr *)tcp)) {
        count(FORGED);
        return XDP_DROP;
    }
    count(ACKS);
    bpf_map_update_elem(&proven, client, &now, BPF_ANY);
    return XDP_PASS;
}

SEC("xdp")
int proxy_syns(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    struct client client = {};
    __u32 at = sizeof(*eth);
    struct ipv6hdr ip6;
    struct tcphdr tcp;
    struct iphdr ip;

    if (!eth)
        return XDP_DROP;
    if (ipv4_of(ctx)) {
        if (bpf_xdp_load_bytes(ctx, at, &ip, sizeof(ip)) || ip.protocol != IPPROTO_TCP || ip.frag_off & bpf_htons(0x3fff))
            return XDP_PASS;
        at += sizeof(ip);
        if (bpf_xdp_load_bytes(ctx, at, &tcp, sizeof(tcp)))
            return XDP_DROP;
        client.address[0] = ip.saddr;
        return judge(ctx, at, &client, &tcp, &ip, NULL);
    }
    if (eth->h_proto != bpf_htons(ETH_P_IPV6) || bpf_xdp_load_bytes(ctx, at, &ip6, sizeof(ip6)) || ip6.nexthdr != IPPROTO_TCP)
        return XDP_PASS;
    at += sizeof(ip6);
    if (bpf_xdp_load_bytes(ctx, at, &tcp, sizeof(tcp)))
        return XDP_DROP;
    __builtin_memcpy(client.address, &ip6.saddr, sizeof(client.address));
    return judge(ctx, at, &client, &tcp, NULL, &ip6);
}

LICENSE("Dual MIT/GPL");
