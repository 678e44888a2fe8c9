// A lock in a word: 1 while it is held. One frame at a time is here on a device; the others that may hold it are the host and other queues.
static void lock(volatile global int *held)
{
    while (atomic_cmpxchg(held, 0, 1) != 0) { }
    mem_fence(CLK_GLOBAL_MEM_FENCE);
}

static void unlock(volatile global int *held)
{
    mem_fence(CLK_GLOBAL_MEM_FENCE);
    atomic_xchg(held, 0);
}
