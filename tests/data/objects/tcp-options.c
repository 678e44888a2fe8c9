// SPDX-License-Identifier: MIT
// Walks TCP options at offsets that the packet decides, behind an IPv4 header of any length; records them and clamps the MSS.
#include "object.h"

enum { OPTION_END, OPTION_NOP, OPTION_MSS, OPTION_SCALE, OPTION_SACK_OK, OPTION_TIMESTAMP = 8 };
enum { CLAMP = 1220 };

RESULTS(16);

static __always_inline __u16 fold(__u32 sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

SEC("xdp")
int walk_options(struct xdp_md *ctx)
{
    struct ethhdr *eth = frame_begin(ctx);
    struct iphdr *ip = (void *)(eth + 1);
    __u8 *end = frame_end(ctx), *options;
    struct tcphdr *tcp;
    __u32 length, offset = 0, seen = 0;

    opaque(end);
    if ((__u8 *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->protocol != IPPROTO_TCP || ip->ihl < 5)
        return XDP_PASS;
    tcp = (void *)ip + ip->ihl * 4;
    options = (void *)(tcp + 1);
    if (options > end)
        return XDP_DROP;
    if (tcp->doff < 5)
        return XDP_ABORTED;
    length = tcp->doff * 4 - sizeof(*tcp);

    for (__u32 i = 0; i < 10; i++) {
        __u8 *option = options + offset, size;

        if (offset >= length || offset >= 40 || option + 1 > end)
            break;
        seen++;
        if (*option == OPTION_END)
            break;
        if (*option == OPTION_NOP) {
            offset++;
            continue;
        }
        if (option + 2 > end) {
            count(0);
            return XDP_DROP;
        }
        size = option[1];
        if (size < 2 || size > 40) {
            count(1);
            return XDP_DROP;
        }
        if (*option == OPTION_MSS && size == 4 && option + 4 <= end) {
            __u16 mss = option[2] << 8 | option[3];

            record(2, mss);
            if (mss > CLAMP) {
                // An option may begin at an odd offset: then its two bytes count the other way round in the checksum.
                __u16 before = offset & 1 ? bpf_ntohs(mss) : mss, after = offset & 1 ? bpf_ntohs(CLAMP) : CLAMP;

                tcp->check = ~bpf_htons(fold((__u16)~bpf_ntohs(tcp->check) + (__u16)~before + after));
                option[2] = CLAMP >> 8;
                option[3] = CLAMP & 0xff;
            }
        } else if (*option == OPTION_SCALE && size == 3 && option + 3 <= end) {
            record(3, option[2]);
        } else if (*option == OPTION_SACK_OK) {
            count(4);
        } else if (*option == OPTION_TIMESTAMP && size == 10 && option + 10 <= end) {
            record(5, bpf_ntohl(*(__be32 *)(option + 2)));
            record(6, bpf_ntohl(*(__be32 *)(option + 6)));
        } else {
            record(7, *option);
        }
        offset += size;
    }
    record(8, seen);
    record(9, offset);
    return seen ? XDP_TX : XDP_PASS;
}

LICENSE("MIT");
