// Atomic operations on map values that answer what was there before.
#define FETCH32(name, operation) \
    static ulong name##32(volatile global uchar *at, ulong value) { return operation((volatile global uint *)at, (uint)value); }
FETCH32(fetch_add, atomic_add)
FETCH32(fetch_and, atomic_and)
FETCH32(fetch_or, atomic_or)
FETCH32(fetch_xor, atomic_xor)
FETCH32(exchange, atomic_xchg)
static ulong compare_exchange32(volatile global uchar *at, ulong value, ulong expected)
{
    return atomic_cmpxchg((volatile global uint *)at, (uint)expected, (uint)value);
}

#ifdef cl_khr_int64_base_atomics
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
static ulong compare_exchange64(volatile global uchar *at, ulong value, ulong expected)
{
    return atom_cmpxchg((volatile global ulong *)at, expected, value);
}
#else
// Frames run one after the other where results are wanted, and batches too on a device without such operations.
static ulong compare_exchange64(volatile global uchar *at, ulong value, ulong expected)
{
    volatile global ulong *place = (volatile global ulong *)at;
    ulong old = *place;
    if (old == expected) *place = value;
    return old;
}
#endif
#define FETCH64(name, after) \
    static ulong name##64(volatile global uchar *at, ulong value) \
    { \
        ulong old = *(volatile global ulong *)at, seen; \
        while ((seen = compare_exchange64(at, after, old)) != old) old = seen; \
        return old; \
    }
FETCH64(fetch_add, old + value)
FETCH64(fetch_and, old & value)
FETCH64(fetch_or, old | value)
FETCH64(fetch_xor, old ^ value)
FETCH64(exchange, value)
