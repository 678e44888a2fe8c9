// SPDX-License-Identifier: MIT
// A stateful firewall: connections in both directions are one entry, TCP goes through its states, what belongs to a connection passes,
// what opens one must be allowed by a list of services. Expired and reset entries are deleted on the way.
#include "protocols.h"

enum state { NEW, SYN_SENT, SYN_RECEIVED, ESTABLISHED, FIN_WAIT, CLOSING, CLOSED, STATELESS, STATES };
enum { PASSED, OPENED, REFUSED, INVALID, DELETED, RELATED, OTHER, FULL, REASONS };

// The lower address first, so that both directions find it.
struct connection {
    __be32 low;
    __be32 high;
    __be16 low_port;
    __be16 high_port;
    __u32 protocol;
};

struct entry {
    __u32 state;
    __u32 from_low; // who opened it
    __u32 packets[2];
    __u64 seen;
    __u32 history;
    __u32 next[2];
};

struct service {
    __be16 port;
    __u16 protocol;
};

struct tuple {
    __be32 source;
    __be32 destination;
    __be16 source_port;
    __be16 destination_port;
    __u32 protocol;
};

MAP(HASH, connections, struct connection, struct entry, 4096);
MAP(HASH, services, struct service, __u32, 64);
TALLIES(REASONS);

__u64 frames;
const volatile __u64 idle_limit = 2000;

static __always_inline __u32 key_of(const struct tuple *tuple, struct connection *key)
{
    __u32 from_low = tuple->source < tuple->destination || (tuple->source == tuple->destination && tuple->source_port < tuple->destination_port);

    key->protocol = tuple->protocol;
    key->low = from_low ? tuple->source : tuple->destination;
    key->high = from_low ? tuple->destination : tuple->source;
    key->low_port = from_low ? tuple->source_port : tuple->destination_port;
    key->high_port = from_low ? tuple->destination_port : tuple->source_port;
    return from_low;
}

// The state after a segment; by_opener tells which side sent it.
static __noinline __u32 after(__u32 state, __u32 flags, __u32 by_opener)
{
    __u32 syn = flags >> 1 & 1, ack = flags >> 4 & 1, fin = flags & 1, reset = flags >> 2 & 1;

    if (reset)
        return CLOSED;
    switch (state) {
    case NEW:
        return syn && !ack ? SYN_SENT : STATES;
    case SYN_SENT:
        if (syn && ack && !by_opener)
            return SYN_RECEIVED;
        return syn && !ack && by_opener ? SYN_SENT : STATES;
    case SYN_RECEIVED:
        if (fin)
            return FIN_WAIT;
        return ack && by_opener && !syn ? ESTABLISHED : syn && ack && !by_opener ? SYN_RECEIVED : STATES;
    case ESTABLISHED:
        return fin ? FIN_WAIT : syn ? STATES : ESTABLISHED;
    case FIN_WAIT:
        return fin ? CLOSING : FIN_WAIT;
    case CLOSING:
        return ack ? CLOSED : CLOSING;
    case STATELESS:
        return STATELESS;
    default:
        return STATES;
    }
}

static __noinline int open(const struct tuple *tuple, __u32 flags)
{
    struct service service = { tuple->destination_port, tuple->protocol };
    struct connection key;
    struct entry entry = {};
    __u32 *hits;

    if (!tuple)
        return REFUSED;
    hits = bpf_map_lookup_elem(&services, &service);
    if (!hits)
        return REFUSED;
    __sync_fetch_and_add(hits, 1);
    entry.from_low = key_of(tuple, &key);
    entry.state = tuple->protocol == IPPROTO_TCP ? after(NEW, flags, 1) : STATELESS;
    if (entry.state == STATES || entry.state == CLOSED)
        return INVALID;
    entry.seen = frames;
    entry.packets[0] = entry.from_low;
    entry.packets[1] = !entry.from_low;
    return bpf_map_update_elem(&connections, &key, &entry, BPF_NOEXIST) ? FULL : OPENED;
}

static __noinline int follow(const struct tuple *tuple, __u32 flags, __u32 next)
{
    struct connection key;
    struct entry *entry;
    __u32 from_low, state;

    if (!tuple)
        return INVALID;
    from_low = key_of(tuple, &key);
    entry = bpf_map_lookup_elem(&connections, &key);
    if (!entry)
        return OTHER;
    if (frames - entry->seen > idle_limit) {
        bpf_map_delete_elem(&connections, &key);
        return OTHER;
    }
    state = after(entry->state, flags, from_low == entry->from_low);
    if (state == STATES)
        return INVALID;
    entry->history = entry->history << 3 | state;
    entry->packets[!from_low]++;
    entry->next[!from_low] = next;
    entry->seen = frames;
    entry->state = state;
    if (state != CLOSED)
        return PASSED;
    bpf_map_delete_elem(&connections, &key);
    return DELETED;
}

// What an ICMP error quotes is the head of a packet that went the other way.
static __always_inline int related(struct iphdr *quoted, void *end)
{
    struct connection key;
    struct tuple tuple;
    __be16 *ports = (void *)(quoted + 1);

    if ((void *)(ports + 2) > end || quoted->ihl != 5)
        return INVALID;
    tuple.source = quoted->saddr;
    tuple.destination = quoted->daddr;
    tuple.source_port = ports[0];
    tuple.destination_port = ports[1];
    tuple.protocol = quoted->protocol;
    key_of(&tuple, &key);
    return bpf_map_lookup_elem(&connections, &key) ? RELATED : INVALID;
}

SEC("xdp")
int firewall(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    void *end = frame_end(ctx);
    struct tuple tuple = {};
    __u32 flags = 0, next = 0;
    int verdict;

    frames++;
    if (!ip)
        return XDP_PASS;
    if (ip->frag_off & bpf_htons(IP_OFFSET))
        return XDP_DROP;
    tuple.source = ip->saddr;
    tuple.destination = ip->daddr;
    tuple.protocol = ip->protocol;
    if (ip->protocol == IPPROTO_TCP) {
        struct tcphdr *tcp = (void *)(ip + 1);

        if ((void *)(tcp + 1) > end)
            return XDP_DROP;
        tuple.source_port = tcp->source;
        tuple.destination_port = tcp->dest;
        flags = ((__u8 *)tcp)[13];
        next = bpf_ntohl(tcp->seq) + bpf_ntohs(ip->tot_len) - sizeof(*ip) - tcp->doff * 4 + tcp->syn + tcp->fin;
    } else if (ip->protocol == IPPROTO_UDP) {
        struct udphdr *udp = (void *)(ip + 1);

        if ((void *)(udp + 1) > end)
            return XDP_DROP;
        tuple.source_port = udp->source;
        tuple.destination_port = udp->dest;
    } else if (ip->protocol == IPPROTO_ICMP) {
        __u8 *icmp = (void *)(ip + 1);

        if ((void *)(icmp + 8) > end)
            return XDP_DROP;
        if (icmp[0] == 3 || icmp[0] == 11) {
            verdict = related((void *)(icmp + 8), end);
            tally(ctx, verdict == RELATED ? RELATED : INVALID);
            return verdict == RELATED ? XDP_PASS : XDP_DROP;
        }
        tuple.source_port = tuple.destination_port = *(__be16 *)(icmp + 4);
    } else {
        return XDP_PASS;
    }
    verdict = follow(&tuple, flags, next);
    if (verdict == OTHER)
        verdict = open(&tuple, flags);
    if (verdict < 0 || verdict >= REASONS)
        return XDP_ABORTED;
    tally(ctx, verdict);
    return verdict == REFUSED || verdict == INVALID || verdict == FULL ? XDP_DROP : XDP_PASS;
}

LICENSE("MIT");
