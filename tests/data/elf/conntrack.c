// A program in the shape of the kernel's xdp_synproxy where it asks the connection tracker, which no card has.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct nf_conn {
    unsigned long status;
} __attribute__((preserve_access_index));

struct bpf_ct_opts___local {
    __s32 netns_id;
    __s32 error;
    __u8 l4proto;
    __u8 dir;
    __u8 reserved[2];
} __attribute__((preserve_access_index));

extern struct nf_conn *bpf_xdp_ct_lookup___fit(struct xdp_md *ctx, struct bpf_sock_tuple *tuple, __u32 size, struct bpf_ct_opts___local *opts, __u32 opts_size) __ksym;
extern void bpf_ct_release(struct nf_conn *ct) __ksym;

SEC("xdp") int confirmed(struct xdp_md *ctx) {
    struct bpf_ct_opts___local opts = { .netns_id = BPF_F_CURRENT_NETNS, .l4proto = 6 };
    struct bpf_sock_tuple tuple = {};
    unsigned long status;
    struct nf_conn *ct = bpf_xdp_ct_lookup___fit(ctx, &tuple, sizeof(tuple.ipv4), &opts, sizeof(opts));
    if (!ct) return XDP_DROP;
    status = ct->status;
    bpf_ct_release(ct);
    return status & 8 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "Dual MIT/GPL";
