// Memory. A program's address is a number: the kind of memory in the highest byte, and so many bytes from its beginning below. Of the frame that is
// 0, and the bytes count from the start of its buffer; of the stack 1; of the values of map n it is 2 + n. No pointer is 0.
#define AT_STACK (1UL << 56)
#define AT_MAP(n) ((2UL + (n)) << 56)
#define KIND(at) ((at) >> 56)
#define BYTES(at) ((at) & ((1UL << 56) - 1))

// Numbers at any place, whatever else is read and written there.
typedef struct __attribute__((packed, may_alias)) { uchar v; } u8;
typedef struct __attribute__((packed, may_alias)) { ushort v; } u16;
typedef struct __attribute__((packed, may_alias)) { uint v; } u32;
typedef struct __attribute__((packed, may_alias)) { ulong v; } u64;

#define LOAD(space, type, at) ((ulong)((space const type *)(at))->v)
#define STORE(space, type, at, value) (((space type *)(at))->v = (value))

#define COPY(to_space, to, from_space, from, bytes) \
    do { \
        to_space uchar *copy_to = (to_space uchar *)(to); \
        from_space const uchar *copy_from = (from_space const uchar *)(from); \
        for (ulong copied = 0; copied < (ulong)(bytes); copied++) copy_to[copied] = copy_from[copied]; \
    } while (0)

#define CLEAR(space, to, bytes) \
    do { \
        space uchar *cleared_at = (space uchar *)(to); \
        for (ulong cleared = 0; cleared < (ulong)(bytes); cleared++) cleared_at[cleared] = 0; \
    } while (0)

#define MAX_ERRNO(error) ((ulong)(long)-(error))
#define ENOENT 2
#define E2BIG 7
#define EACCES 13
#define EFAULT 14
#define EEXIST 17
#define EINVAL 22
