// SPDX-License-Identifier: MIT
// Multiplication, division, remainder in 32 and 64 bits: by zero, by values that are not known, and signed. CPU versions before 4 have no
// signed division: there the same results are made from the unsigned one.
#include "object.h"

RESULTS(32);

#ifdef __BPF_FEATURE_SDIV_SMOD
#define signed_divide(WIDTH, A, B) ((__s##WIDTH)(A) / (__s##WIDTH)(B))
#define signed_modulo(WIDTH, A, B) ((__s##WIDTH)(A) % (__s##WIDTH)(B))
#else
#define magnitude(WIDTH, A) ((__s##WIDTH)(A) < 0 ? -(__u##WIDTH)(A) : (__u##WIDTH)(A))
#define signed_divide(WIDTH, A, B) \
    ((__s##WIDTH)((A) ^ (B)) < 0 ? -(magnitude(WIDTH, A) / magnitude(WIDTH, B)) : magnitude(WIDTH, A) / magnitude(WIDTH, B))
#define signed_modulo(WIDTH, A, B) \
    ((__s##WIDTH)(A) < 0 ? -(magnitude(WIDTH, A) % magnitude(WIDTH, B)) : magnitude(WIDTH, A) % magnitude(WIDTH, B))
#endif

SEC("xdp")
int divide(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    __u64 a, b;
    __u32 c, d;
    __s64 e, f;
    __s32 g, h;

    if (!eth)
        return XDP_ABORTED;
    a = 0x9e3779b97f4a7c15 * (frame_length(ctx) + eth->h_source[5]);
    b = (frame_length(ctx) << 20) + eth->h_proto + 1;
    c = a >> 16;
    d = eth->h_proto | 1;

    record(0, a * b);
    record(1, a / b);
    record(2, a % b);
    record(3, c * d);
    record(4, c / d);
    record(5, c % d);
    record(6, a / 10);
    record(7, c % 1000);
    record(8, (__u64)c * d);

    // Two frames in three have a divisor of zero: BPF defines that, and the compiler is not told.
    b = frame_length(ctx) % 3 ? 0 : b;
    d = b;
    opaque(b);
    opaque(d);
    record(9, a / b);
    record(10, a % b);
    record(20, c / d);
    record(21, c % d);
    b = a >> 40 | 1;
    d = eth->h_proto | 1;

    e = a;
    f = (__s64)(b << 24 | 1);
    record(11, signed_divide(64, e, f));
    record(12, signed_modulo(64, e, f));
    f = -f;
    record(13, signed_divide(64, e, f));
    record(14, signed_modulo(64, e, f));
    g = a >> 7;
    h = -(__s32)(d & 0xffff);
    record(15, (__u32)signed_divide(32, g, h));
    record(16, (__u32)signed_modulo(32, g, h));
    g = -g;
    record(17, (__u32)signed_divide(32, g, h));
    record(18, (__u32)signed_modulo(32, g, h));
    record(19, a % 7);
    return a % 7 ? XDP_PASS : XDP_DROP;
}

LICENSE("MIT");
