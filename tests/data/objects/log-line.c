// SPDX-License-Identifier: Dual MIT/GPL
// A line of text about each frame, as a person would have it in a log: in a ring buffer as long as it is, and the last of each length in a map. Lines that
// do not fit are cut, and the answer says how long they would have been.
#include <stdbool.h>
#include "object.h"

enum { LINE = 160, SHORT = 24, LINES = 8 };

struct line {
    char text[LINE];
};

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 18);
} lines SEC(".maps");

MAP(ARRAY, last_lines, __u32, struct line, LINES);
MAP(ARRAY, cut_lines, __u32, struct line, 1);
RESULTS(8);

static __u32 serial;
static const char tcp[] = "tcp", udp[] = "udp", other[] = "?";

SEC("xdp")
int write_line(struct xdp_md *ctx)
{
    static const char flow[] = "%6u %-4s %pI4:%-5u > %pI4:%u %+d bytes, %s", plain[] = "%6d 0x%04x %c%c%5llu|%-8llx|%%";
    struct iphdr *ip = ipv4_of(ctx);
    __u32 which = frame_length(ctx) % LINES, none = 0;
    struct line *line = bpf_map_lookup_elem(&last_lines, &which), *cut = bpf_map_lookup_elem(&cut_lines, &none);
    struct ethhdr *eth = ethernet_of(ctx);
    long length;

    serial++;
    if (!line || !cut || !eth)
        return XDP_ABORTED;
    if (ip) {
        const char *name = ip->protocol == IPPROTO_TCP ? tcp : ip->protocol == IPPROTO_UDP ? udp : other;
        __be32 from = ip->saddr, to = ip->daddr;
        __be16 *ports = (void *)(ip + 1);
        bool has_ports = name != other && (void *)(ports + 2) <= frame_end(ctx);
        __u64 of_flow[8] = {
            serial, (__u64)name, (__u64)&from, has_ports ? bpf_ntohs(ports[0]) : 0, (__u64)&to, has_ports ? bpf_ntohs(ports[1]) : 0,
            frame_length(ctx), (__u64)(which & 1 ? "odd" : "even, if that is of interest"),
        };

        length = bpf_snprintf(line->text, sizeof(line->text), flow, of_flow, sizeof(of_flow));
        record(0, bpf_snprintf(cut->text, SHORT, flow, of_flow, sizeof(of_flow)));
        record(1, bpf_snprintf(NULL, 0, "%10u%s", of_flow, 2 * sizeof(of_flow[0])));
    } else {
        __u64 of_frame[6] = { -(__u64)serial, bpf_ntohs(eth->h_proto), 'a' + (serial % 26), 'Z', frame_length(ctx), *(__u64 *)eth->h_source & 0xffffff };

        length = bpf_snprintf(line->text, sizeof(line->text), plain, of_frame, sizeof(of_frame));
        // The line so far, and then some, into itself.
        if (which == 5) {
            __u64 itself[2] = { (__u64)line->text, (__u64)line->text };

            record(2, bpf_snprintf(line->text, sizeof(line->text), "<%s|%40s>", itself, sizeof(itself)));
        }
        record(3, bpf_snprintf(cut->text, sizeof(cut->text), "", NULL, 0));
    }
    record(4, length);
    if (length < 0 || length > LINE)
        return XDP_ABORTED;
    record(5, bpf_ringbuf_output(&lines, line->text, length & 0xff, 0));
    return which == 7 ? XDP_DROP : XDP_PASS;
}

LICENSE("Dual MIT/GPL");
