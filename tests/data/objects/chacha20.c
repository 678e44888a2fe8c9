// SPDX-License-Identifier: MIT
// The end of an encrypted tunnel: the first 64 bytes of a datagram's payload are deciphered with ChaCha20 (RFC 8439) under the key that the
// packet names. All twenty rounds are written out: sixteen words that do not fit into ten registers.
#include "protocols.h"

enum { PORT = 51820, DATA = 4, HEADER = 16, BLOCK = 64 };
enum { DECIPHERED, NO_KEY, REPLAYED, SHORT, NOT_DATA, OTHER, REASONS };

struct key {
    __u32 words[8];
    __u64 newest;
    __u64 packets;
};

struct message {
    __u8 type;
    __u8 reserved[3];
    __u32 key;
    __u32 counter_low;
    __u32 counter_high;
};

MAP(HASH, keys, __u32, struct key, 64);
TALLIES(REASONS);
RESULTS(1);

#define QUARTER(A, B, C, D)                                                    \
    do {                                                                       \
        A += B; D = rotate(D ^ A, 16);                                         \
        C += D; B = rotate(B ^ C, 12);                                         \
        A += B; D = rotate(D ^ A, 8);                                          \
        C += D; B = rotate(B ^ C, 7);                                          \
    } while (0)

#define DOUBLE_ROUND(X)                                                        \
    do {                                                                       \
        QUARTER(X[0], X[4], X[8], X[12]);                                      \
        QUARTER(X[1], X[5], X[9], X[13]);                                      \
        QUARTER(X[2], X[6], X[10], X[14]);                                     \
        QUARTER(X[3], X[7], X[11], X[15]);                                     \
        QUARTER(X[0], X[5], X[10], X[15]);                                     \
        QUARTER(X[1], X[6], X[11], X[12]);                                     \
        QUARTER(X[2], X[7], X[8], X[13]);                                      \
        QUARTER(X[3], X[4], X[9], X[14]);                                      \
    } while (0)

SEC("xdp")
int decipher(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    void *end = frame_end(ctx);
    struct message *message;
    struct udphdr *udp;
    __u32 x[16], nonce[2], number, *payload;
    struct key *key;
    __u64 counter;

    if (!ip || ip->protocol != IPPROTO_UDP) {
        tally(ctx, OTHER);
        return XDP_PASS;
    }
    udp = (void *)(ip + 1);
    message = (void *)(udp + 1);
    if ((void *)(message + 1) > end || udp->dest != bpf_htons(PORT)) {
        tally(ctx, OTHER);
        return XDP_PASS;
    }
    if (message->type != DATA) {
        tally(ctx, NOT_DATA);
        return XDP_PASS;
    }
    number = bpf_ntohl(message->key);
    key = bpf_map_lookup_elem(&keys, &number);
    if (!key) {
        tally(ctx, NO_KEY);
        return XDP_DROP;
    }
    counter = (__u64)bpf_ntohl(message->counter_low) << 32 | message->counter_high;
    if (counter + 64 < key->newest) {
        tally(ctx, REPLAYED);
        return XDP_DROP;
    }
    payload = (void *)(message + 1);
    if ((void *)(payload + BLOCK / 4) > end) {
        tally(ctx, SHORT);
        return XDP_DROP;
    }
    if (counter > key->newest)
        key->newest = counter;
    key->packets++;
    nonce[0] = message->counter_low;
    nonce[1] = message->counter_high;

    x[0] = 0x61707865;
    x[1] = 0x3320646e;
    x[2] = 0x79622d32;
    x[3] = 0x6b206574;
#pragma unroll
    for (int i = 0; i < 8; i++)
        x[4 + i] = key->words[i];
    x[12] = 1;
    x[13] = 0;
    x[14] = nonce[0];
    x[15] = nonce[1];
    DOUBLE_ROUND(x);
    DOUBLE_ROUND(x);
    DOUBLE_ROUND(x);
    DOUBLE_ROUND(x);
    DOUBLE_ROUND(x);
    DOUBLE_ROUND(x);
    DOUBLE_ROUND(x);
    DOUBLE_ROUND(x);
    DOUBLE_ROUND(x);
    DOUBLE_ROUND(x);
    payload[0] ^= x[0] + 0x61707865;
    payload[1] ^= x[1] + 0x3320646e;
    payload[2] ^= x[2] + 0x79622d32;
    payload[3] ^= x[3] + 0x6b206574;
#pragma unroll
    for (int i = 0; i < 8; i++)
        payload[4 + i] ^= x[4 + i] + key->words[i];
    payload[12] ^= x[12] + 1;
    payload[13] ^= x[13];
    payload[14] ^= x[14] + nonce[0];
    payload[15] ^= x[15] + nonce[1];
    record(0, (__u64)payload[0] << 32 | payload[15]);
    tally(ctx, DECIPHERED);
    return XDP_PASS;
}

LICENSE("MIT");
