// Global functions of every type: programs that call what can be called, and programs that call one that cannot.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define TAG(TEXT) __attribute__((btf_decl_tag("arg:" TEXT)))
#define GLOBAL __attribute__((noinline))
// What may be replaced by another object's is given all its arguments, whether it needs them or not.
#define REPLACEABLE __attribute__((noinline, weak))
#define BODY { asm volatile(""); return 0; }
static long value[4];

#define CALLS(NAME, CALL) SEC("xdp") int calls_##NAME(struct xdp_md *ctx) { return CALL; }

struct unknown;
struct pair { int a, b; };
union either { int a; long b; };
typedef struct pair pair_type;
typedef const volatile struct xdp_md context_type;
enum letter { A, B };

REPLACEABLE int numbers(char a, enum letter b, _Bool c, const unsigned long d, __int128 *e) BODY
REPLACEABLE int contexts(struct xdp_md *a, context_type *b, void *c TAG("ctx"), const struct xdp_md *d TAG("ctx")) BODY
REPLACEABLE int memory(pair_type *a, const int (*b)[5], union either *c TAG("nonnull"), int **d, enum letter *e) BODY
REPLACEABLE int dynptr(struct bpf_dynptr *a, const struct bpf_dynptr *b) BODY
GLOBAL enum letter returns_letter(void) BODY
GLOBAL __hidden int hidden(struct unknown *a) BODY
static GLOBAL int internal(struct unknown *a) BODY

GLOBAL void returns_nothing(int a) { asm volatile(""); }
GLOBAL void *returns_pointer(int a) BODY
GLOBAL int of_unknown(int a, struct unknown *b) BODY
GLOBAL int of_nothing(void *a) BODY
GLOBAL int of_pair(struct pair a) BODY
GLOBAL int of_float(float a) BODY
GLOBAL int tagged_trusted(struct pair *a TAG("trusted")) BODY
GLOBAL int tagged_number(int a TAG("nonnull")) BODY
GLOBAL int tagged_context(struct xdp_md *a TAG("nonnull")) BODY
GLOBAL int tagged_dynptr(struct bpf_dynptr *a TAG("nonnull")) BODY
GLOBAL int tagged_pair(struct pair *a TAG("ctx")) BODY

CALLS(numbers, numbers(1, A, 1, 2, 0))
CALLS(contexts, contexts(ctx, ctx, ctx, ctx))
CALLS(memory, ({ union either c = {}; memory(0, 0, &c, 0, 0); }))
CALLS(dynptr, ({ struct bpf_dynptr d; bpf_dynptr_from_mem(value, sizeof(value), 0, &d); dynptr(&d, &d); }))
CALLS(returns_letter, returns_letter())
CALLS(hidden, hidden(0))
CALLS(internal, internal(0))
CALLS(returns_nothing, (returns_nothing(1), 2))
CALLS(returns_pointer, returns_pointer(1) ? 1 : 2)
CALLS(of_unknown, of_unknown(1, 0))
CALLS(of_nothing, of_nothing(0))
CALLS(of_pair, of_pair((struct pair){}))
CALLS(of_float, of_float(0))
CALLS(tagged_trusted, tagged_trusted(0))
CALLS(tagged_number, tagged_number(1))
CALLS(tagged_context, tagged_context(ctx))
CALLS(tagged_dynptr, tagged_dynptr(0))
CALLS(tagged_pair, tagged_pair(0))

char _license[] SEC("license") = "MIT";
