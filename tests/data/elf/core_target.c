// The types of core.c as another kernel might have them.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

typedef unsigned long counter_t;

enum state { STATE_BUSY___kept = 6, STATE_IDLE, STATE_OTHER };
enum wide { WIDE_A = 1, WIDE_B = 0x123456789abULL };
union both { __u32 word; __u8 bytes[4]; __u64 more; };
struct forward { int here; };

struct inner { __u8 pad; __u32 a; __u16 b; };

struct sample {
    struct { __u64 more; union { __u8 third; __u64 other; }; };
    __u64 first;
    __u32 second;
    __u32 typed;
    struct inner nested[5];
    __u32 anonymous;
    struct { __u32 lead; __u64 deep; __u16 shallow; } __attribute__((packed));
    __u64 moved : 9, small : 6, wide : 30;
    __s8 negative : 3;
    short changed_sign;
    enum state state;
    struct forward *pointer;
    __u32 name;
    __u8 tail[];
};

struct grown { __u64 padding[3]; __u64 lead; __u64 value; };
struct matched { long more; struct inner *p; int x; };
struct unmatched { int x; long y; };

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __type(key, int);
    __type(value, struct { struct grown g; struct matched m; struct unmatched u; union both b; enum wide w; counter_t c; struct sample s; });
    __uint(max_entries, 1);
} types SEC(".maps");

SEC("xdp") int nothing(struct xdp_md *ctx) { return XDP_PASS; }
