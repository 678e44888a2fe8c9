// Additions to what frames that run at once share, of which nobody reads more meanwhile than bits below all that is added.
static void add32(volatile global uchar *at, uint by) { atomic_add((volatile global uint *)at, by); }

#ifdef cl_khr_int64_base_atomics
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
static void add64(volatile global uchar *at, ulong by) { atom_add((volatile global ulong *)at, by); }
#else
// In two halves: nobody reads what they change before all are through.
static void add64(volatile global uchar *at, ulong by)
{
    volatile global uint *half = (volatile global uint *)at;
    uint low = (uint)by, before = atomic_add(half, low);
    atomic_add(half + 1, (uint)(by >> 32) + (before + low < before ? 1 : 0));
}
#endif

// Smaller numbers by the word that they lie in.
static void add_part(volatile global uchar *at, uint by, uint bits)
{
    uint shift = 8 * ((uint)(ulong)at & 3), mask = (bits == 8 ? 0xffu : 0xffffu) << shift;
    volatile global uint *word = (volatile global uint *)(at - ((ulong)at & 3));
    uint old = *word, seen;
    while ((seen = atomic_cmpxchg(word, old, (old & ~mask) | ((old + (by << shift)) & mask))) != old) old = seen;
}

static void add16(volatile global uchar *at, uint by) { add_part(at, by, 16); }

static void add8(volatile global uchar *at, uint by) { add_part(at, by, 8); }
