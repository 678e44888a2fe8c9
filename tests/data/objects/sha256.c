// SPDX-License-Identifier: MIT
// A big program: SHA-256 of the frame's first 55 bytes at most, as one block, all 64 rounds unrolled and without a table.
#include "object.h"

RESULTS(8);

#define ROTATE(X, BY) ((X) >> (BY) | (X) << (32 - (BY)))
#define SUM_0(X) (ROTATE(X, 2) ^ ROTATE(X, 13) ^ ROTATE(X, 22))
#define SUM_1(X) (ROTATE(X, 6) ^ ROTATE(X, 11) ^ ROTATE(X, 25))
#define SIGMA_0(X) ({ __u32 x_ = (X); ROTATE(x_, 7) ^ ROTATE(x_, 18) ^ x_ >> 3; })
#define SIGMA_1(X) ({ __u32 x_ = (X); ROTATE(x_, 17) ^ ROTATE(x_, 19) ^ x_ >> 10; })

// One round. The word of the message is memory, so that sixteen of them need no more stack than they have bytes.
#define ROUND(A, B, C, D, E, F, G, H, I, K)                                                          \
    do {                                                                                             \
        if (I >= 16)                                                                                 \
            w[I & 15] += SIGMA_1(w[(I + 14) & 15]) + w[(I + 9) & 15] + SIGMA_0(w[(I + 1) & 15]);     \
        H += SUM_1(E) + ((E & F) ^ (~E & G)) + K + w[I & 15];                                        \
        D += H;                                                                                      \
        H += SUM_0(A) + ((A & B) ^ (A & C) ^ (B & C));                                               \
        opaque(D);                                                                                   \
        opaque(H);                                                                                   \
    } while (0)

SEC("xdp")
int hash_frame(struct xdp_md *ctx)
{
    __u8 *bytes = frame_begin(ctx), *end = frame_end(ctx), block[64] = {};
    volatile __u32 w[16];
    __u32 a = 0x6a09e667, b = 0xbb67ae85, c = 0x3c6ef372, d = 0xa54ff53a;
    __u32 e = 0x510e527f, f = 0x9b05688c, g = 0x1f83d9ab, h = 0x5be0cd19, length = 0;

    opaque(end);
#pragma clang loop unroll(disable)
    for (__u32 i = 0; i < 55; i++) {
        if (bytes + i + 1 > end)
            break;
        block[i] = bytes[i];
        length = i + 1;
    }
    block[length & 63] = 0x80;
    block[62] = length >> 5;
    block[63] = length << 3;

#pragma unroll
    for (int i = 0; i < 16; i++)
        w[i] = (__u32)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];

    ROUND(a, b, c, d, e, f, g, h,  0, 0x428a2f98);
    ROUND(h, a, b, c, d, e, f, g,  1, 0x71374491);
    ROUND(g, h, a, b, c, d, e, f,  2, 0xb5c0fbcf);
    ROUND(f, g, h, a, b, c, d, e,  3, 0xe9b5dba5);
    ROUND(e, f, g, h, a, b, c, d,  4, 0x3956c25b);
    ROUND(d, e, f, g, h, a, b, c,  5, 0x59f111f1);
    ROUND(c, d, e, f, g, h, a, b,  6, 0x923f82a4);
    ROUND(b, c, d, e, f, g, h, a,  7, 0xab1c5ed5);
    ROUND(a, b, c, d, e, f, g, h,  8, 0xd807aa98);
    ROUND(h, a, b, c, d, e, f, g,  9, 0x12835b01);
    ROUND(g, h, a, b, c, d, e, f, 10, 0x243185be);
    ROUND(f, g, h, a, b, c, d, e, 11, 0x550c7dc3);
    ROUND(e, f, g, h, a, b, c, d, 12, 0x72be5d74);
    ROUND(d, e, f, g, h, a, b, c, 13, 0x80deb1fe);
    ROUND(c, d, e, f, g, h, a, b, 14, 0x9bdc06a7);
    ROUND(b, c, d, e, f, g, h, a, 15, 0xc19bf174);
    ROUND(a, b, c, d, e, f, g, h, 16, 0xe49b69c1);
    ROUND(h, a, b, c, d, e, f, g, 17, 0xefbe4786);
    ROUND(g, h, a, b, c, d, e, f, 18, 0x0fc19dc6);
    ROUND(f, g, h, a, b, c, d, e, 19, 0x240ca1cc);
    ROUND(e, f, g, h, a, b, c, d, 20, 0x2de92c6f);
    ROUND(d, e, f, g, h, a, b, c, 21, 0x4a7484aa);
    ROUND(c, d, e, f, g, h, a, b, 22, 0x5cb0a9dc);
    ROUND(b, c, d, e, f, g, h, a, 23, 0x76f988da);
    ROUND(a, b, c, d, e, f, g, h, 24, 0x983e5152);
    ROUND(h, a, b, c, d, e, f, g, 25, 0xa831c66d);
    ROUND(g, h, a, b, c, d, e, f, 26, 0xb00327c8);
    ROUND(f, g, h, a, b, c, d, e, 27, 0xbf597fc7);
    ROUND(e, f, g, h, a, b, c, d, 28, 0xc6e00bf3);
    ROUND(d, e, f, g, h, a, b, c, 29, 0xd5a79147);
    ROUND(c, d, e, f, g, h, a, b, 30, 0x06ca6351);
    ROUND(b, c, d, e, f, g, h, a, 31, 0x14292967);
    ROUND(a, b, c, d, e, f, g, h, 32, 0x27b70a85);
    ROUND(h, a, b, c, d, e, f, g, 33, 0x2e1b2138);
    ROUND(g, h, a, b, c, d, e, f, 34, 0x4d2c6dfc);
    ROUND(f, g, h, a, b, c, d, e, 35, 0x53380d13);
    ROUND(e, f, g, h, a, b, c, d, 36, 0x650a7354);
    ROUND(d, e, f, g, h, a, b, c, 37, 0x766a0abb);
    ROUND(c, d, e, f, g, h, a, b, 38, 0x81c2c92e);
    ROUND(b, c, d, e, f, g, h, a, 39, 0x92722c85);
    ROUND(a, b, c, d, e, f, g, h, 40, 0xa2bfe8a1);
    ROUND(h, a, b, c, d, e, f, g, 41, 0xa81a664b);
    ROUND(g, h, a, b, c, d, e, f, 42, 0xc24b8b70);
    ROUND(f, g, h, a, b, c, d, e, 43, 0xc76c51a3);
    ROUND(e, f, g, h, a, b, c, d, 44, 0xd192e819);
    ROUND(d, e, f, g, h, a, b, c, 45, 0xd6990624);
    ROUND(c, d, e, f, g, h, a, b, 46, 0xf40e3585);
    ROUND(b, c, d, e, f, g, h, a, 47, 0x106aa070);
    ROUND(a, b, c, d, e, f, g, h, 48, 0x19a4c116);
    ROUND(h, a, b, c, d, e, f, g, 49, 0x1e376c08);
    ROUND(g, h, a, b, c, d, e, f, 50, 0x2748774c);
    ROUND(f, g, h, a, b, c, d, e, 51, 0x34b0bcb5);
    ROUND(e, f, g, h, a, b, c, d, 52, 0x391c0cb3);
    ROUND(d, e, f, g, h, a, b, c, 53, 0x4ed8aa4a);
    ROUND(c, d, e, f, g, h, a, b, 54, 0x5b9cca4f);
    ROUND(b, c, d, e, f, g, h, a, 55, 0x682e6ff3);
    ROUND(a, b, c, d, e, f, g, h, 56, 0x748f82ee);
    ROUND(h, a, b, c, d, e, f, g, 57, 0x78a5636f);
    ROUND(g, h, a, b, c, d, e, f, 58, 0x84c87814);
    ROUND(f, g, h, a, b, c, d, e, 59, 0x8cc70208);
    ROUND(e, f, g, h, a, b, c, d, 60, 0x90befffa);
    ROUND(d, e, f, g, h, a, b, c, 61, 0xa4506ceb);
    ROUND(c, d, e, f, g, h, a, b, 62, 0xbef9a3f7);
    ROUND(b, c, d, e, f, g, h, a, 63, 0xc67178f2);

    record(0, (__u32)(0x6a09e667 + a));
    record(1, (__u32)(0xbb67ae85 + b));
    record(2, (__u32)(0x3c6ef372 + c));
    record(3, (__u32)(0xa54ff53a + d));
    record(4, (__u32)(0x510e527f + e));
    record(5, (__u32)(0x9b05688c + f));
    record(6, (__u32)(0x1f83d9ab + g));
    record(7, (__u32)(0x5be0cd19 + h));
    return h & 1 ? XDP_PASS : XDP_DROP;
}

LICENSE("MIT");
