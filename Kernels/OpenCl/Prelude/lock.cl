// A lock in a word: 1 while it is held, by another frame, another queue or the host.
static bool try_lock(volatile global int *held)
{
    bool taken = atomic_cmpxchg(held, 0, 1) == 0;
    mem_fence(CLK_GLOBAL_MEM_FENCE);
    return taken;
}

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
