// SPDX-License-Identifier: MIT
// Functions that the kernel verifies once, by the types of their parameters: of the context, of numbers, of memory that may be null and of memory that
// is tagged as never null (on the stack, in a map value, in the packet), of a dynamic pointer; one that is weak, one that calls another. The
// hidden one counts as static: its caller needs to know its result.
#include "object.h"

#define arg_ctx     __attribute__((btf_decl_tag("arg:ctx")))
#define arg_nonnull __attribute__((btf_decl_tag("arg:nonnull")))

enum family { NONE, OTHER, VERSION_4, VERSION_6 };

struct flow {
    __u32 words[4];
    enum family family;
    __u16 length;
    __u8 tries;
};

MAP(ARRAY, flows, __u32, struct flow, 4);
MAP(ARRAY, scratch, __u32, __u64[4], 1);
RESULTS(12);

__noinline int family_of(struct xdp_md *ctx)
{
    struct ethhdr *eth = ethernet_of(ctx);

    if (!eth)
        return NONE;
    return eth->h_proto == bpf_htons(ETH_P_IP) ? VERSION_4 : eth->h_proto == bpf_htons(ETH_P_IPV6) ? VERSION_6 : OTHER;
}

__noinline int shorten(void *ctx arg_ctx, int by)
{
    return bpf_xdp_adjust_tail(ctx, -(by & 15));
}

__noinline long mix(__u64 number, __s16 narrow, enum family family, char letter)
{
    return (number ^ (number >> 29)) * 0x9e3779b97f4a7c15 + narrow * 3 + family * 5 + letter * 7;
}

__noinline int touch(struct flow *flow)
{
    if (!flow)
        return -1;
    flow->tries++;
    return flow->tries + flow->family;
}

__noinline long sum(const __u32 (*words)[4] arg_nonnull)
{
    return mix((*words)[0], (*words)[1], (*words)[2] & 3, (*words)[3]);
}

__noinline __weak int weigh(struct flow *flow arg_nonnull, int factor)
{
    return touch(flow) * factor;
}

__noinline int first_word(const struct bpf_dynptr *bytes)
{
    __u32 word = 0;

    return bpf_dynptr_read(&word, sizeof(word), bytes, 4, 0) ? -1 : (int)word;
}

__hidden __noinline __u32 slot_of(__u32 family)
{
    return family & 3;
}

SEC("xdp")
int through_globals(struct xdp_md *ctx)
{
    int family = family_of(ctx);
    struct flow own = { .family = family, .length = frame_length(ctx), .words = { 1, 2, 3, 4 } };
    __u32 slot = slot_of(own.length), zero = 0;
    struct flow *flow = bpf_map_lookup_elem(&flows, &slot);
    __u64 *bytes = bpf_map_lookup_elem(&scratch, &zero);
    struct bpf_dynptr view;
    __u8 *at, *end;

    record(0, family);
    record(1, touch(flow));
    record(2, touch(NULL));
    record(3, weigh(&own, 3));
    record(4, own.tries);
    record(5, sum(&own.words));
    record(6, mix(own.length, -own.length, own.family, 'x'));
    if (!flow || !bytes)
        return XDP_ABORTED;
    flow->words[slot_of(own.length >> 2)] += own.length;
    record(7, sum(&flow->words));
    at = frame_begin(ctx);
    end = frame_end(ctx);
    if (at + 16 <= end)
        record(8, sum((void *)at));
    bytes[0] += own.length;
    if (!bpf_dynptr_from_mem(bytes, sizeof(__u64[4]), 0, &view))
        record(9, first_word(&view));
    record(10, shorten(ctx, own.length));
    record(11, frame_length(ctx));
    return own.length & 1 ? XDP_TX : XDP_PASS;
}

LICENSE("MIT");
