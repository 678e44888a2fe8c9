// Programs of other types beside XDP ones. The socket filter cannot be decoded as XDP code, and nothing asks for that.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

unsigned long long load_byte(void *skb, unsigned long long off) asm("llvm.bpf.load.byte");

SEC("socket") int filter(struct __sk_buff *skb) { return load_byte(skb, 12); }
SEC("tc") int classify(struct __sk_buff *skb) { return 0; }
SEC("kprobe/do_unlinkat") int probe(void *ctx) { return 0; }
SEC("?cgroup/connect4") int connect(void *ctx) { return 1; }
SEC("xdp") int pass(struct xdp_md *ctx) { return XDP_PASS; }
SEC("?xdp.frags") int drop(struct xdp_md *ctx) { return XDP_DROP; }
SEC("xdp/devmap") int egress(struct xdp_md *ctx) { return XDP_TX; }
SEC("xdp/cpumap") int remote(struct xdp_md *ctx) { return XDP_ABORTED; }
SEC("kprobes") int not_a_probe(struct xdp_md *ctx) { return XDP_PASS; }

char _license[] SEC("license") = "GPL";
