// SPDX-License-Identifier: MIT
// Looks into HTTP requests: the method, a path that climbs, and the host, which is searched for with a window of eight bytes that slides over
// the head of the request. Requests are counted by method and host, blocked hosts and paths are dropped.
#include "protocols.h"

enum { SEARCHED = 160, HOST = 24 };
enum method { GET, POST, HEAD, PUT, OTHER_METHOD, METHODS };
enum { ALLOWED = METHODS, BLOCKED_HOST, CLIMBING, NO_HOST, NOT_HTTP, REASONS };

struct host {
    char name[HOST];
};

MAP(HASH, blocked, struct host, __u32, 64);
MAP(LRU_PERCPU_HASH, hosts, struct host, __u64, 4096);
MAP(PERCPU_ARRAY, places, __u32, __u32, 1);
TALLIES(REASONS);

static __always_inline __u64 word(const char *text)
{
    __u64 value = 0;

#pragma unroll
    for (int i = 0; i < 8; i++)
        value = value << 8 | (__u8)text[i];
    return value;
}

static __always_inline enum method method_of(__u64 window)
{
    if (window >> 32 == word("GET \0\0\0\0") >> 32)
        return GET;
    if (window >> 24 == word("POST \0\0\0") >> 24)
        return POST;
    if (window >> 24 == word("HEAD \0\0\0") >> 24)
        return HEAD;
    if (window >> 32 == word("PUT \0\0\0\0") >> 32)
        return PUT;
    return OTHER_METHOD;
}

static __noinline void note_host(const struct host *host)
{
    __u64 *count = bpf_map_lookup_elem(&hosts, host), one = 1;

    if (count)
        *count += 1;
    else
        bpf_map_update_elem(&hosts, host, &one, BPF_ANY);
}

SEC("xdp")
int filter_http(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    void *end = frame_end(ctx);
    __u32 i, found = 0, zero = 0, *place;
    struct host host = {};
    struct tcphdr *tcp;
    enum method method;
    __u64 window = 0;
    __u8 *at;

    if (!ip || ip->protocol != IPPROTO_TCP)
        return XDP_PASS;
    tcp = (void *)(ip + 1);
    if ((void *)(tcp + 1) > end || (tcp->dest != bpf_htons(80) && tcp->dest != bpf_htons(8080)) || tcp->doff < 5)
        return XDP_PASS;
    at = (void *)tcp + tcp->doff * 4;
    if ((void *)(at + 8) > end) {
        tally(ctx, NOT_HTTP);
        return XDP_PASS;
    }
#pragma unroll
    for (i = 0; i < 8; i++)
        window = window << 8 | at[i];
    method = method_of(window);
    tally(ctx, method);
    if (method == OTHER_METHOD)
        return XDP_DROP;
    for (i = 8; i < SEARCHED; i++) {
        if ((void *)(at + i + 1) > end)
            break;
        window = window << 8 | at[i];
        if (window == word("\r\nHost: ")) {
            found = i + 1;
            break;
        }
        if ((window & 0xffffffff) == (word("\0\0\0\0/../") & 0xffffffff))
            goto climbing;
    }
    if (!found) {
        tally(ctx, NO_HOST);
        return XDP_DROP;
    }
    // What is read back is some number to the verifier: it goes on once, not once for each place.
    place = bpf_map_lookup_elem(&places, &zero);
    if (!place)
        return XDP_ABORTED;
    *(volatile __u32 *)place = found;
    at += *(volatile __u32 *)place & 0xff;
    for (i = 0; i < HOST - 1; i++) {
        if ((void *)(at + i + 1) > end || at[i] == '\r' || at[i] == ':')
            break;
        host.name[i] = at[i] >= 'A' && at[i] <= 'Z' ? at[i] | 0x20 : at[i];
    }
    note_host(&host);
    if (bpf_map_lookup_elem(&blocked, &host)) {
        tally(ctx, BLOCKED_HOST);
        return XDP_DROP;
    }
    tally(ctx, ALLOWED);
    return XDP_PASS;
climbing:
    tally(ctx, CLIMBING);
    return XDP_DROP;
}

LICENSE("MIT");
