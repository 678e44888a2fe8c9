// SPDX-License-Identifier: MIT
// Watches voice and video (RFC 3550): per source, losses, reordering, duplicates within a window of 64 packets, and the jitter, in whole numbers.
// A report goes out by the ring buffer when things get worse.
#include "protocols.h"

enum { EVENT_LOSS = 1, EVENT_RESTART, RESTART = 3000, WINDOW = 64 };
enum { COUNTED, NEW_SOURCE, DUPLICATE, LATE, NOT_RTP, REASONS };

struct stream {
    __u32 newest; // extended sequence number
    __u32 received;
    __u32 lost;
    __u32 duplicates;
    __u64 window; // a bit for each of the last packets, the newest lowest
    __u32 last_timestamp;
    __u32 last_arrival;
    __u32 jitter; // in 1/16
    __u32 reported;
};

struct report {
    __u32 event;
    __be32 source;
    __u32 sequence;
    __u32 lost;
    __u32 jitter;
    __u32 padding;
};

MAP(HASH, streams, __be32, struct stream, 256);
TALLIES(REASONS);

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 65536);
} reports SEC(".maps");

__u32 arrivals;

static __noinline void tell(__u32 event, __be32 source, const struct stream *stream)
{
    struct report *report;

    if (!stream)
        return;
    report = bpf_ringbuf_reserve(&reports, sizeof(*report), 0);
    if (!report)
        return;
    report->event = event;
    report->source = source;
    report->sequence = stream->newest;
    report->lost = stream->lost;
    report->jitter = stream->jitter >> 4;
    report->padding = 0;
    bpf_ringbuf_submit(report, 0);
}

static __noinline int follow(struct stream *stream, __be32 source, __u32 sequence, __u32 timestamp)
{
    __s32 ahead, transit;

    if (!stream)
        return NOT_RTP;
    ahead = (__s16)(sequence - stream->newest);
    if (ahead > RESTART || ahead < -RESTART) {
        stream->newest = sequence;
        stream->window = 1;
        tell(EVENT_RESTART, source, stream);
        return NEW_SOURCE;
    }
    transit = (__s32)(arrivals - stream->last_arrival) * 160 - (__s32)(timestamp - stream->last_timestamp);
    if (transit < 0)
        transit = -transit;
    stream->jitter += transit - ((stream->jitter + 8) >> 4);
    stream->last_arrival = arrivals;
    stream->last_timestamp = timestamp;
    if (ahead <= 0) {
        __u64 bit = -ahead < WINDOW ? 1ull << -ahead : 0;

        if (stream->window & bit) {
            stream->duplicates++;
            return DUPLICATE;
        }
        stream->window |= bit;
        if (stream->lost)
            stream->lost--;
        return LATE;
    }
    stream->window = ahead < WINDOW ? stream->window << ahead | 1 : 1;
    stream->lost += ahead - 1;
    stream->newest += ahead;
    stream->received++;
    if (stream->lost > stream->reported + 8) {
        stream->reported = stream->lost;
        tell(EVENT_LOSS, source, stream);
    }
    return COUNTED;
}

SEC("xdp")
int monitor(struct xdp_md *ctx)
{
    struct iphdr *ip = ipv4_of(ctx);
    void *end = frame_end(ctx);
    struct stream *stream;
    struct udphdr *udp;
    __be32 *rtp, source;
    __u32 first;
    int what;

    arrivals++;
    if (!ip || ip->protocol != IPPROTO_UDP)
        return XDP_PASS;
    udp = (void *)(ip + 1);
    rtp = (void *)(udp + 1);
    if ((void *)(rtp + 3) > end || bpf_ntohs(udp->dest) < 16384 || udp->dest & bpf_htons(1)) {
        tally(ctx, NOT_RTP);
        return XDP_PASS;
    }
    first = bpf_ntohl(rtp[0]);
    if (first >> 30 != 2) {
        tally(ctx, NOT_RTP);
        return XDP_PASS;
    }
    source = rtp[2];
    stream = bpf_map_lookup_elem(&streams, &source);
    if (!stream) {
        struct stream fresh = { .newest = first & 0xffff, .received = 1, .window = 1 };

        fresh.last_timestamp = bpf_ntohl(rtp[1]);
        fresh.last_arrival = arrivals;
        bpf_map_update_elem(&streams, &source, &fresh, BPF_NOEXIST);
        tally(ctx, NEW_SOURCE);
        return XDP_PASS;
    }
    what = follow(stream, source, first & 0xffff, bpf_ntohl(rtp[1]));
    if (what < 0 || what >= REASONS)
        return XDP_ABORTED;
    tally(ctx, what);
    return what == DUPLICATE ? XDP_DROP : XDP_PASS;
}

LICENSE("MIT");
