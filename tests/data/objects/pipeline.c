// SPDX-License-Identifier: MIT
// A data path in eight programs that call on one another: parse, conntrack, policy, rate, translate, choose, rewrite, send. What one finds out
// for the next is in a scratch area per CPU; any of them may jump to the one that drops and says why.
#include "protocols.h"

enum stage { PARSE, TRACK, POLICY, RATE, TRANSLATE, CHOOSE, REWRITE, SEND, DROP, STAGES };
enum why { NO_REASON, BAD_HEADER, NOT_ALLOWED, TOO_FAST, NO_SERVER, LOOP, WHYS };

struct scratch {
    __be32 source;
    __be32 destination;
    __be16 source_port;
    __be16 destination_port;
    __u16 offset; // of the transport header
    __u8 protocol;
    __u8 flags;
    __be32 new_destination;
    __be16 new_port;
    __u16 is_known;
    __u32 hash;
    __u32 why;
    __u32 passed; // a bit for each stage
    __u32 server;
};

struct flow {
    __be32 source;
    __be32 destination;
    __be16 source_port;
    __be16 destination_port;
    __u32 protocol;
};

struct state {
    __u32 server;
    __u32 packets;
    __u64 last;
};

struct server {
    __be32 address;
    __be16 port;
    __u16 is_up;
    __u8 mac[ETH_ALEN];
    __u16 padding;
};

PROGRAM_ARRAY(stages, STAGES);
MAP(PERCPU_ARRAY, scratches, __u32, struct scratch, 1);
MAP(LRU_HASH, flows, struct flow, struct state, 8192);
MAP(HASH, policies, __u32, __u32, 64);
MAP(ARRAY, servers, __u32, struct server, 8);
TALLIES(STAGES + WHYS);

__u64 frames;

static __always_inline struct scratch *scratch_of_cpu(void)
{
    __u32 zero = 0;

    return bpf_map_lookup_elem(&scratches, &zero);
}

static __always_inline int next(struct xdp_md *ctx, struct scratch *scratch, enum stage stage)
{
    scratch->passed |= 1 << stage;
    bpf_tail_call(ctx, &stages, stage);
    scratch->why = LOOP;
    return XDP_ABORTED;
}

static __always_inline int drop(struct xdp_md *ctx, struct scratch *scratch, enum why why)
{
    scratch->why = why;
    bpf_tail_call(ctx, &stages, DROP);
    return XDP_ABORTED;
}

static __always_inline void flow_of(const struct scratch *scratch, struct flow *flow)
{
    flow->source = scratch->source;
    flow->destination = scratch->destination;
    flow->source_port = scratch->source_port;
    flow->destination_port = scratch->destination_port;
    flow->protocol = scratch->protocol;
}

SEC("xdp")
int parse(struct xdp_md *ctx)
{
    struct scratch *scratch = scratch_of_cpu();
    struct iphdr *ip = ipv4_of(ctx);
    __be16 *ports;

    if (!scratch)
        return XDP_ABORTED;
    __builtin_memset(scratch, 0, sizeof(*scratch));
    frames++;
    if (!ip)
        return XDP_PASS;
    if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
        return XDP_PASS;
    ports = (void *)(ip + 1);
    if ((void *)(ports + 2) > frame_end(ctx))
        return drop(ctx, scratch, BAD_HEADER);
    scratch->source = ip->saddr;
    scratch->destination = ip->daddr;
    scratch->protocol = ip->protocol;
    scratch->source_port = ports[0];
    scratch->destination_port = ports[1];
    scratch->offset = sizeof(struct ethhdr) + sizeof(*ip);
    scratch->hash = jenkins(ip->saddr, *(__u32 *)ports, ip->protocol, 1);
    tally(ctx, PARSE);
    return next(ctx, scratch, TRACK);
}

SEC("xdp")
int track(struct xdp_md *ctx)
{
    struct scratch *scratch = scratch_of_cpu();
    struct flow flow = {};
    struct state *state;

    if (!scratch)
        return XDP_ABORTED;
    flow_of(scratch, &flow);
    state = bpf_map_lookup_elem(&flows, &flow);
    tally(ctx, TRACK);
    if (!state)
        return next(ctx, scratch, POLICY);
    state->packets++;
    scratch->is_known = 1;
    scratch->server = state->server;
    return next(ctx, scratch, RATE);
}

SEC("xdp")
int policy(struct xdp_md *ctx)
{
    struct scratch *scratch = scratch_of_cpu();
    __u32 key, *action;

    if (!scratch)
        return XDP_ABORTED;
    key = (__u32)scratch->protocol << 16 | bpf_ntohs(scratch->destination_port);
    action = bpf_map_lookup_elem(&policies, &key);
    tally(ctx, POLICY);
    if (!action)
        return XDP_PASS;
    if (!*action)
        return drop(ctx, scratch, NOT_ALLOWED);
    return next(ctx, scratch, TRANSLATE);
}

SEC("xdp")
int rate(struct xdp_md *ctx)
{
    struct scratch *scratch = scratch_of_cpu();
    struct flow flow = {};
    struct state *state;
    __u64 gap;

    if (!scratch)
        return XDP_ABORTED;
    flow_of(scratch, &flow);
    state = bpf_map_lookup_elem(&flows, &flow);
    if (!state)
        return XDP_ABORTED;
    gap = frames - state->last;
    state->last = frames;
    tally(ctx, RATE);
    if (gap < 2 && state->packets > 8)
        return drop(ctx, scratch, TOO_FAST);
    return next(ctx, scratch, CHOOSE);
}

SEC("xdp")
int translate(struct xdp_md *ctx)
{
    struct scratch *scratch = scratch_of_cpu();

    if (!scratch)
        return XDP_ABORTED;
    scratch->server = scratch->hash >> 5 & 7;
    tally(ctx, TRANSLATE);
    return next(ctx, scratch, CHOOSE);
}

SEC("xdp")
int choose(struct xdp_md *ctx)
{
    struct scratch *scratch = scratch_of_cpu();
    struct state fresh = {};
    struct server *server = NULL;
    struct flow flow = {};
    __u32 index, i;

    if (!scratch)
        return XDP_ABORTED;
    tally(ctx, CHOOSE);
    // The next one that is up.
    for (i = 0; i < 8; i++) {
        index = (scratch->server + i) & 7;
        server = bpf_map_lookup_elem(&servers, &index);
        if (server && server->is_up)
            break;
    }
    if (!server || !server->is_up)
        return drop(ctx, scratch, NO_SERVER);
    scratch->server = index;
    scratch->new_destination = server->address;
    scratch->new_port = server->port;
    if (!scratch->is_known) {
        flow_of(scratch, &flow);
        fresh.server = index;
        fresh.last = frames;
        bpf_map_update_elem(&flows, &flow, &fresh, BPF_NOEXIST);
    }
    return next(ctx, scratch, REWRITE);
}

SEC("xdp")
int rewrite(struct xdp_md *ctx)
{
    struct scratch *scratch = scratch_of_cpu();
    struct iphdr *ip = ipv4_of(ctx);
    void *end = frame_end(ctx);
    __be16 *ports, *check;

    if (!scratch || !ip)
        return XDP_ABORTED;
    ports = (void *)(ip + 1);
    check = ip->protocol == IPPROTO_TCP ? ports + 8 : ports + 3;
    if ((void *)(ports + 2) > end || (void *)(check + 1) > end)
        return drop(ctx, scratch, BAD_HEADER);
    ip->check = replaced(replaced(ip->check, ip->daddr, scratch->new_destination), ip->daddr >> 16, scratch->new_destination >> 16);
    if (*check || ip->protocol == IPPROTO_TCP) {
        *check = replaced(replaced(*check, ip->daddr, scratch->new_destination), ip->daddr >> 16, scratch->new_destination >> 16);
        *check = replaced(*check, ports[1], scratch->new_port);
    }
    ip->daddr = scratch->new_destination;
    ports[1] = scratch->new_port;
    tally(ctx, REWRITE);
    return next(ctx, scratch, SEND);
}

SEC("xdp")
int send(struct xdp_md *ctx)
{
    struct scratch *scratch = scratch_of_cpu();
    struct ethhdr *eth = ethernet_of(ctx);
    struct server *server;
    __u32 index;

    if (!scratch || !eth)
        return XDP_ABORTED;
    index = scratch->server;
    server = bpf_map_lookup_elem(&servers, &index);
    if (!server)
        return XDP_ABORTED;
    __builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
    __builtin_memcpy(eth->h_dest, server->mac, ETH_ALEN);
    tally(ctx, SEND);
    return XDP_TX;
}

SEC("xdp")
int drop_and_tell(struct xdp_md *ctx)
{
    struct scratch *scratch = scratch_of_cpu();

    if (!scratch)
        return XDP_ABORTED;
    tally(ctx, DROP);
    if (scratch->why < WHYS)
        tally(ctx, STAGES + scratch->why);
    return XDP_DROP;
}

LICENSE("MIT");
