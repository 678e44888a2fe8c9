// SPDX-License-Identifier: MIT
// A cache in front of memcached: GET over UDP is answered from here when the key is known, SET and DELETE over TCP on their way to the server
// change what is known, answers of the server fill it. Keys are found by their FNV-1a hash.
#include "protocols.h"

enum { PORT = 11211, MAX_KEY = 32, MAX_VALUE = 16, HEADER = 8 };
enum { HIT, MISS, CACHED, INVALIDATED, TOO_LONG, SEVERAL, NOT_GET, OTHER, REASONS };

struct entry {
    __u32 hash;
    __u16 key_length;
    __u8 length;
    __u8 is_valid;
    __u8 key[MAX_KEY];
    __u8 value[MAX_VALUE];
    __u64 hits;
};

MAP(ARRAY, entries, __u32, struct entry, 1024);
TALLIES(REASONS);

// Reads a key up to a space or the end of the line. Its length, 0 if there is none or it is too long.
static __always_inline __u32 read_key(const __u8 *at, const void *end, __u8 *key, __u32 *hash)
{
    __u32 sum = 2166136261;

    for (__u32 i = 0; i < MAX_KEY; i++) {
        if ((const void *)(at + i + 1) > end)
            return 0;
        if (at[i] == ' ' || at[i] == '\r') {
            *hash = sum;
            return i;
        }
        key[i] = at[i];
        sum = (sum ^ at[i]) * 16777619;
    }
    return 0;
}

static __noinline struct entry *entry_of(__u32 hash)
{
    __u32 slot = (hash ^ hash >> 16) & 1023;

    return bpf_map_lookup_elem(&entries, &slot);
}

static __noinline int same(const struct entry *entry, const __u8 *key, __u32 length)
{
    if (!entry || !key || !entry->is_valid || entry->key_length != length)
        return 0;
    for (__u32 i = 0; i < MAX_KEY; i++) {
        if (i >= length)
            return 1;
        if (entry->key[i] != key[i])
            return 0;
    }
    return 1;
}

static __always_inline int is(const __u8 *at, const void *end, __u32 word)
{
    return (const void *)(at + 4) <= end && *(const __u32 *)at == word;
}

static __always_inline void put(__u8 *out, __u8 a, __u8 b, __u8 c, __u8 d)
{
    out[0] = a;
    out[1] = b;
    out[2] = c;
    out[3] = d;
}

// "VALUE key 0 5\r\nhello\r\nEND\r\n" in the place of "get key\r\n".
static __always_inline int answer(struct xdp_md *ctx, const struct entry *entry)
{
    __u32 room = sizeof(struct ethhdr) + sizeof(struct iphdr) + sizeof(struct udphdr) + HEADER;
    __u32 bytes = 6 + entry->key_length + 3 + 2 + 2 + entry->length + 7, i;
    int grow = (int)(room + bytes) - (int)frame_length(ctx);
    struct ethhdr *eth;
    struct iphdr *ip;
    struct udphdr *udp;
    __be32 address;
    __be16 port;
    __u8 *out;
    void *end;

    if (bpf_xdp_adjust_tail(ctx, grow))
        return XDP_PASS;
    eth = frame_begin(ctx);
    end = frame_end(ctx);
    ip = (void *)(eth + 1);
    udp = (void *)(ip + 1);
    out = (void *)(udp + 1) + HEADER;
    if ((void *)(out + 6) > end)
        return XDP_ABORTED;
    swap_macs(eth);
    address = ip->saddr;
    ip->saddr = ip->daddr;
    ip->daddr = address;
    ip->tot_len = bpf_htons(room + bytes - sizeof(*eth));
    ip->check = 0;
    ip->check = ipv4_checksum(ip);
    port = udp->source;
    udp->source = udp->dest;
    udp->dest = port;
    udp->len = bpf_htons(sizeof(*udp) + HEADER + bytes);
    udp->check = 0;
    put(out, 'V', 'A', 'L', 'U');
    out[4] = 'E';
    out[5] = ' ';
    out += 6;
    for (i = 0; i < MAX_KEY && i < entry->key_length; i++) {
        if ((void *)(out + 1) > end)
            return XDP_ABORTED;
        *out++ = entry->key[i];
    }
    if ((void *)(out + 7) > end)
        return XDP_ABORTED;
    out[0] = ' ';
    out[1] = '0';
    out[2] = ' ';
    out[3] = '0' + entry->length / 10;
    out[4] = '0' + entry->length % 10;
    out[5] = '\r';
    out[6] = '\n';
    out += 7;
    for (i = 0; i < MAX_VALUE && i < entry->length; i++) {
        if ((void *)(out + 1) > end)
            return XDP_ABORTED;
        *out++ = entry->value[i];
    }
    if ((void *)(out + 7) > end)
        return XDP_ABORTED;
    put(out, '\r', '\n', 'E', 'N');
    put(out + 3, 'N', 'D', '\r', '\n');
    tally(ctx, HIT);
    return XDP_TX;
}

static __always_inline int request(struct xdp_md *ctx, const __u8 *at, const void *end)
{
    __u8 key[MAX_KEY] = {};
    struct entry *entry;
    __u32 hash = 0, length;

    if (!is(at, end, 0x20746567)) {
        tally(ctx, NOT_GET);
        return XDP_PASS;
    }
    length = read_key(at + 4, end, key, &hash);
    if (!length) {
        tally(ctx, TOO_LONG);
        return XDP_PASS;
    }
    if ((const void *)(at + 4 + (length & 63) + 1) > end || at[4 + (length & 63)] == ' ') {
        tally(ctx, SEVERAL);
        return XDP_PASS;
    }
    entry = entry_of(hash);
    if (!same(entry, key, length)) {
        tally(ctx, MISS);
        return XDP_PASS;
    }
    if (!entry)
        return XDP_ABORTED;
    entry->hits++;
    return answer(ctx, entry);
}

static __always_inline void learn(struct xdp_md *ctx, const __u8 *at, const void *end)
{
    __u8 key[MAX_KEY] = {};
    struct entry *entry;
    __u32 hash = 0, length, bytes = 0, i;

    if (!is(at, end, 0x554c4156))
        return;
    length = read_key(at + 6, end, key, &hash);
    if (!length)
        return;
    at += 6 + (length & 63);
    // " 0 ", then the length in decimal.
    if ((const void *)(at + 3) > end || at[1] != '0')
        return;
    at += 3;
    for (i = 0; i < 3; i++) {
        if ((const void *)(at + 1) > end)
            return;
        if (*at < '0' || *at > '9')
            break;
        bytes = bytes * 10 + *at - '0';
        at++;
    }
    at += 2;
    entry = entry_of(hash);
    if (!entry)
        return;
    if (!bytes || bytes > MAX_VALUE || (const void *)(at + MAX_VALUE) > end) {
        tally(ctx, TOO_LONG);
        return;
    }
    __builtin_memcpy(entry->value, at, MAX_VALUE);
    __builtin_memcpy(entry->key, key, MAX_KEY);
    entry->hash = hash;
    entry->key_length = length;
    entry->length = bytes;
    entry->is_valid = 1;
    tally(ctx, CACHED);
}

// Whatever writes a key makes what is known of it wrong.
static __always_inline void forget(struct xdp_md *ctx, const __u8 *at, const void *end)
{
    __u8 key[MAX_KEY] = {};
    __u32 hash = 0, length = 0;
    struct entry *entry;

    if (is(at, end, 0x20746573))
        length = read_key(at + 4, end, key, &hash);
    else if (is(at, end, 0x656c6564))
        length = read_key(at + 7, end, key, &hash);
    if (!length)
        return;
    entry = entry_of(hash);
    if (entry && entry->is_valid && same(entry, key, length)) {
        entry->is_valid = 0;
        tally(ctx, INVALIDATED);
    }
}

SEC("xdp")
int cache(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    const void *end = frame_end(ctx);

    if (!ip)
        return XDP_PASS;
    if (ip->protocol == IPPROTO_UDP) {
        struct udphdr *udp = (void *)(ip + 1);
        __u8 *payload = (void *)(udp + 1) + HEADER;

        if ((void *)payload > end)
            return XDP_PASS;
        if (udp->dest == bpf_htons(PORT))
            return request(ctx, payload, end);
        if (udp->source == bpf_htons(PORT))
            learn(ctx, payload, end);
    } else if (ip->protocol == IPPROTO_TCP) {
        struct tcphdr *tcp = (void *)(ip + 1);

        if ((void *)(tcp + 1) <= end && tcp->dest == bpf_htons(PORT) && tcp->doff == 5)
            forget(ctx, (void *)(tcp + 1), end);
    }
    tally(ctx, OTHER);
    return XDP_PASS;
}

LICENSE("MIT");
