// SPDX-License-Identifier: MIT
// Shifts and rotates by amounts from the packet, byte swaps of every width, sign extensions, and narrow stores read back wide.
#include "object.h"

RESULTS(32);

SEC("xdp")
int shift(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);
    __u64 value, by;
    __u32 half, half_by;
    volatile union {
        __u64 wide;
        __u32 words[2];
        __u16 halves[4];
        __u8 bytes[8];
        __s8 signed_bytes[8];
        __s16 signed_halves[4];
        __s32 signed_words[2];
    } cell;

    if (!eth)
        return XDP_ABORTED;
    value = 0xd6e8feb86659fd93 * (frame_length(ctx) + eth->h_source[5] * 257);
    by = eth->h_source[5] + frame_length(ctx);
    half = value >> 13;
    half_by = by;

    record(0, value << (by & 63));
    record(1, value >> (by & 63));
    record(2, (__s64)value >> (by & 63));
    record(3, half << (half_by & 31));
    record(4, half >> (half_by & 31));
    record(5, (__u32)((__s32)half >> (half_by & 31)));
    record(6, value << (by & 63) | value >> (-by & 63));
    record(7, half << (half_by & 31) | half >> (-half_by & 31));
    // The amount counts modulo the width, also when it is beyond it.
    {
        __u64 left = value, right = value, arithmetic = value, amount = by | 64;

        asm volatile("%0 <<= %1" : "+r"(left) : "r"(amount));
        asm volatile("%0 >>= %1" : "+r"(right) : "r"(amount));
        asm volatile("%0 s>>= %1" : "+r"(arithmetic) : "r"(amount));
        record(8, left);
        record(9, right);
        record(10, arithmetic);
    }

    record(11, bpf_htons((__u16)value));
    record(12, bpf_htonl((__u32)value));
    record(13, bpf_cpu_to_be64(value));
    record(14, __builtin_bswap16(value >> 9));
    record(15, __builtin_bswap32(value >> 9));
    record(16, __builtin_bswap64(value >> 9));
    {
        __u64 low = value;

        asm volatile("%0 = le16 %0" : "+r"(low));
        record(17, low);
        low = value;
        asm volatile("%0 = le32 %0" : "+r"(low));
        record(18, low);
    }

    record(19, (__s64)(__s8)value);
    record(20, (__s64)(__s16)value);
    record(21, (__s64)(__s32)value);
    record(22, (__u32)(__s32)(__s8)half);
    record(23, (__u32)(__s32)(__s16)half);

    cell.wide = value;
    cell.bytes[1] = by;
    cell.halves[3] = half;
    record(24, cell.wide);
    record(25, cell.signed_bytes[3]);
    record(26, cell.signed_halves[1]);
    record(27, cell.signed_words[1]);
    cell.words[0] = -half;
    record(28, cell.wide);
    record(29, -(__s64)value);
    record(30, (__u32)-half);
    return (__s8)value < 0 ? XDP_DROP : XDP_PASS;
}

LICENSE("MIT");
