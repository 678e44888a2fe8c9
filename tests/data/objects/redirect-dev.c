// SPDX-License-Identifier: MIT
// Redirects by devmap and devmap_hash: hits, misses with each return code, flags, broadcasts, values of 4 and 8 bytes, what a program reads in them.
#include "object.h"

struct device {
    __u32 ifindex;
    __u32 program;
};

MAP(DEVMAP, ports, __u32, __u32, 4);
MAP(DEVMAP_HASH, names, __u32, struct device, 4);
RESULTS(6);

static __always_inline void look(void)
{
    __u32 key = 1, name = 500, absent = 3;
    __u32 *port = bpf_map_lookup_elem(&ports, &key);
    struct device *device = bpf_map_lookup_elem(&names, &name);

    record(0, port ? *port : 0);
    record(1, device ? device->ifindex + ((__u64)device->program << 32) : 0);
    record(2, bpf_map_lookup_elem(&ports, &absent) ? 1 : 0);
    record(3, bpf_map_lookup_elem(&names, &absent) ? 1 : 0);
}

SEC("xdp")
int redirect_dev(struct xdp_md *ctx)
{
    __u64 length = frame_length(ctx);
    long verdict;

    look();
    switch (length % 14) {
    case 0:
        verdict = bpf_redirect_map(&ports, 1, 0);
        break;
    case 1:
        verdict = bpf_redirect_map(&ports, 3, length >> 4 & 3);
        break;
    case 2:
        verdict = bpf_redirect_map(&ports, 4, XDP_PASS);
        break;
    case 3:
        verdict = bpf_redirect_map(&names, 500, XDP_TX);
        break;
    case 4:
        verdict = bpf_redirect_map(&names, 3, XDP_TX);
        break;
    case 5:
        verdict = bpf_redirect_map(&ports, 2, BPF_F_BROADCAST);
        break;
    case 6:
        verdict = bpf_redirect_map(&names, 3, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS | XDP_PASS);
        break;
    case 7:
        verdict = bpf_redirect_map(&ports, 0, BPF_F_EXCLUDE_INGRESS | XDP_PASS);
        break;
    case 8:
        verdict = bpf_redirect_map(&names, 7, BPF_F_EXCLUDE_INGRESS | XDP_PASS);
        break;
    case 9:
        verdict = bpf_redirect_map(&ports, 1, 4);
        break;
    case 10:
        verdict = bpf_redirect_map(&names, 500, (1ULL << 32) | XDP_PASS);
        break;
    case 11:
        record(4, bpf_redirect(7, 0));
        verdict = bpf_redirect_map(&ports, 0, 0);
        break;
    case 12:
        // A miss names no target.
        bpf_redirect_map(&ports, 3, XDP_DROP);
        verdict = XDP_REDIRECT;
        break;
    default:
        // A miss forgets the map of the call before it, but not the index: the frame goes to interface 2.
        record(5, bpf_redirect_map(&ports, 2, 0));
        bpf_redirect_map(&ports, 3, XDP_DROP);
        verdict = XDP_REDIRECT;
    }
    return verdict;
}

LICENSE("MIT");
