// SPDX-License-Identifier: MIT
// The receiving end of GENEVE (RFC 8926): options are walked, critical ones that are unknown drop the frame, the rest of the header comes off.
#include "protocols.h"

enum { GENEVE_PORT = 6081, MAX_OPTIONS = 8, TRANS_ETHER = 0x6558 };
enum { UNWRAPPED, NOT_GENEVE, CONTROL, BAD_VERSION, CRITICAL, CUT, TOO_MANY, REASONS };

struct genevehdr {
    __u8 version_length;
    __u8 flags;
    __be16 type;
    __be32 vni;
};

struct option {
    __be16 class;
    __u8 type;
    __u8 length;
};

struct seen {
    __u32 count;
    __u32 words;
    __u32 first;
};

MAP(HASH, options, __u32, struct seen, 512);
MAP(PERCPU_HASH, tenants, __u32, struct tally, 128);
TALLIES(REASONS);

// Remembers an option; tells whether this end must understand it and does not.
static __noinline int note_option(__u32 key, __u32 words, __u32 first)
{
    struct seen *seen = bpf_map_lookup_elem(&options, &key);

    if (!seen) {
        struct seen fresh = { .count = 1, .words = words, .first = first };

        bpf_map_update_elem(&options, &key, &fresh, BPF_NOEXIST);
        return key >> 7 & 1;
    }
    seen->count++;
    seen->words += words;
    return 0;
}

static __noinline void note_tenant(__u32 vni, __u64 bytes)
{
    struct tally *tenant = bpf_map_lookup_elem(&tenants, &vni);

    if (!tenant) {
        struct tally fresh = { 1, bytes };

        bpf_map_update_elem(&tenants, &vni, &fresh, BPF_NOEXIST);
        return;
    }
    tenant->packets++;
    tenant->bytes += bytes;
}

SEC("xdp")
int geneve_receive(struct xdp_md *ctx)
{
    void *end = frame_end(ctx);
    struct iphdr *ip = ipv4_of(ctx);
    struct genevehdr *geneve;
    struct udphdr *udp;
    __u32 length, offset = 0, vni, i;
    __u8 *options_at;

    if (!ip || ip->protocol != IPPROTO_UDP) {
        tally(ctx, NOT_GENEVE);
        return XDP_PASS;
    }
    udp = (void *)(ip + 1);
    geneve = (void *)(udp + 1);
    if ((void *)(geneve + 1) > end || udp->dest != bpf_htons(GENEVE_PORT)) {
        tally(ctx, NOT_GENEVE);
        return XDP_PASS;
    }
    if (geneve->version_length >> 6) {
        tally(ctx, BAD_VERSION);
        return XDP_DROP;
    }
    if (geneve->flags & 0x80) {
        tally(ctx, CONTROL);
        return XDP_PASS;
    }
    length = (geneve->version_length & 0x3f) * 4;
    vni = bpf_ntohl(geneve->vni) >> 8;
    options_at = (__u8 *)(geneve + 1);
    for (i = 0; i < MAX_OPTIONS && offset < length; i++) {
        struct option *option = (void *)(options_at + (offset & 0xff));
        __u32 words, first = 0;

        if ((void *)(option + 1) > end) {
            tally(ctx, CUT);
            return XDP_DROP;
        }
        words = option->length & 0x1f;
        if (words && (void *)(option + 2) <= end)
            first = *(__u32 *)(option + 1);
        if (note_option((__u32)bpf_ntohs(option->class) << 8 | option->type, words, first)) {
            tally(ctx, CRITICAL);
            return XDP_DROP;
        }
        offset += sizeof(*option) + words * 4;
    }
    if (offset < length) {
        tally(ctx, TOO_MANY);
        return XDP_DROP;
    }
    if (geneve->type != bpf_htons(TRANS_ETHER))
        return XDP_PASS;
    if (bpf_xdp_adjust_head(ctx, sizeof(struct ethhdr) + sizeof(*ip) + sizeof(*udp) + sizeof(*geneve) + length)) {
        tally(ctx, CUT);
        return XDP_DROP;
    }
    note_tenant(vni, frame_length(ctx));
    tally(ctx, UNWRAPPED);
    return XDP_PASS;
}

LICENSE("MIT");
