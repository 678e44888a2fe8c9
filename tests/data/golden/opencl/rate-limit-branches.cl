// xdp_limiter: ordered, it looks up in buckets, which remembers what was used last.
// One frame runs after the other, since the chain looks up in buckets, which remembers what was used last.
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void chain(global uchar *restrict packets,
    global uint *restrict columns,
    global ushort *restrict ways,
    const uint count,
    const uint step,
    const uint stride,
    const uint cpu,
    const ulong seed,
    const ulong wall,
    const ulong tai,
    volatile global const uint *restrict stop,
    global uchar *m0_values,
    global uchar *m1_values,
    global uchar *m1_keys,
    global ulong *m1_buckets,
    global int *m1_next,
    global int *m1_lock,
    global int *m1_older,
    global int *m1_newer,
    global uint *m1_linked,
    global int *m1_free)
{
// buckets
const hash_map m1 = { m1_keys, m1_buckets, m1_next, m1_linked, m1_free, m1_lock + 16, m1_older, m1_newer, (global int *)0, m1_values, 4, 32, 32, 4097, 8191, 1, -1, false, true };
for (uint n = 0; n < count; n++)
{
global uint *const own = columns + n;
const uint data = COLUMN(2);
frame_place frame = { data, data, COLUMN(3), 0 };
if (data == 0) COLUMN(6) = 5632;
else if (*stop != 0) COLUMN(6) = 7936;
else
{
uint outcome = 0, logged = 0, draws = 0, tail_calls = 0, tail_outcome = 0;
ulong executed = 0;
uchar stack[1024] __attribute__((aligned(8)));
ulong v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15;
ulong v16, v17, v18, v19, v20, v21, v22;
    v0 = (ulong)frame.end;
    v1 = (ulong)frame.data;
    if ((v0 < (v1 + 34UL)))
    {
        goto b21;
    }
    else
    {
        goto b1;
    }
b1: ;
    v2 = ((ulong)COLUMN(5) >> 16);
    if ((v2 == 8UL))
    {
        goto b2;
    }
    else
    {
        goto b21;
    }
b2: ;
    v3 = LOAD(global, u64, m0_values + 0);
    if ((v3 == 0UL))
    {
        goto b21;
    }
    else
    {
        goto b3;
    }
b3: ;
    v4 = (wall != 0 ? wall : ((ulong)COLUMN(1) << 32 | COLUMN(0)));
    v5 = (ulong)COLUMN(4);
    STORE(private, u32, stack + 508, (uint)v5);
    {
        {
        const int slot = hash_use(&m1, (stack + 508));
        v6 = slot < 0 ? 0 : AT_MAP(1) + ((ulong)(uint)slot) * 32;
        }
    }
    if ((v6 == 0UL))
    {
        goto b4;
    }
    else
    {
        v7 = v6;
        goto b5;
    }
b4: ;
    STORE(private, u64, stack + 472, v4);
    v8 = LOAD(global, u64, m0_values + 8);
    STORE(private, u64, stack + 480, v8);
    STORE(private, u64, stack + 488, 0UL);
    STORE(private, u64, stack + 496, 0UL);
    {
        v9 = hash_update(&m1, (stack + 508), (stack + 472), 1UL, cpu);
    }
    {
        {
        const int slot = hash_use(&m1, (stack + 508));
        v10 = slot < 0 ? 0 : AT_MAP(1) + ((ulong)(uint)slot) * 32;
        }
    }
    if ((v10 == 0UL))
    {
        goto b21;
    }
    else
    {
        v7 = v10;
        goto b5;
    }
b5: ;
    v11 = (v0 - v1);
    v12 = LOAD(global, u64, m1_values + (v7 - AT_MAP(1)));
    if ((v12 < v4))
    {
        goto b6;
    }
    else
    {
        goto b7;
    }
b6: ;
    STORE(global, u64, m1_values + (v7 - AT_MAP(1)), v4);
    v13 = LOAD(global, u64, m1_values + (v7 + 8UL - AT_MAP(1)));
    v14 = ((v4 - v12) + v13);
    STORE(global, u64, m1_values + (v7 + 8UL - AT_MAP(1)), v14);
    v15 = v14;
    goto b8;
b7: ;
    v16 = LOAD(global, u64, m1_values + (v7 + 8UL - AT_MAP(1)));
    v15 = v16;
b8: ;
    v17 = (v3 * v11);
    v18 = LOAD(global, u64, m0_values + 8);
    if ((v15 < v18))
    {
        v19 = v15;
        goto b9;
    }
    else
    {
        v19 = v18;
        goto b9;
    }
b9: ;
    if ((v19 < v17))
    {
        v20 = 1UL;
        goto b10;
    }
    else
    {
        v20 = 2UL;
        goto b10;
    }
b10: ;
    if ((v19 < v17))
    {
        v21 = 24UL;
        goto b11;
    }
    else
    {
        v21 = 16UL;
        goto b11;
    }
b11: ;
    if ((v18 < v15))
    {
        goto b14;
    }
    else
    {
        goto b12;
    }
b12: ;
    if ((v19 < v17))
    {
        goto b13;
    }
    else
    {
        goto b14;
    }
b13: ;
    { global uchar *const at = m1_values + ((v7 + v21) - AT_MAP(1)); STORE(global, u64, at, (LOAD(global, u64, at) + 1UL)); }
    if ((v20 & 0xffffffffUL) == 0UL)
    {
        goto b16;
    }
    else if ((v20 & 0xffffffffUL) == 1UL)
    {
        goto b17;
    }
    else if ((v20 & 0xffffffffUL) == 2UL)
    {
        goto b21;
    }
    else if ((v20 & 0xffffffffUL) == 3UL)
    {
        goto b18;
    }
    else if ((v20 & 0xffffffffUL) == 4UL)
    {
        goto b19;
    }
    else
    {
        goto b20;
    }
b14: ;
    if ((v19 < v17))
    {
        v22 = 0UL;
        goto b15;
    }
    else
    {
        v22 = v17;
        goto b15;
    }
b15: ;
    STORE(global, u64, m1_values + (v7 + 8UL - AT_MAP(1)), (v19 - v22));
    { global uchar *const at = m1_values + ((v7 + v21) - AT_MAP(1)); STORE(global, u64, at, (LOAD(global, u64, at) + 1UL)); }
    if ((v20 & 0xffffffffUL) == 0UL)
    {
        goto b16;
    }
    else if ((v20 & 0xffffffffUL) == 1UL)
    {
        goto b17;
    }
    else if ((v20 & 0xffffffffUL) == 2UL)
    {
        goto b21;
    }
    else if ((v20 & 0xffffffffUL) == 3UL)
    {
        goto b18;
    }
    else if ((v20 & 0xffffffffUL) == 4UL)
    {
        goto b19;
    }
    else
    {
        goto b20;
    }
b16: ;
    outcome |= 65536;
    outcome |= 256;
    goto done;
b17: ;
    outcome |= 131072;
    outcome |= 1;
    goto done;
b18: ;
    outcome |= 196608;
    outcome |= 3;
    goto done;
b19: ;
    outcome |= 262144;
    outcome |= 4;
    goto done;
b20: ;
    outcome |= 327680;
    outcome |= 512;
    goto done;
b21: ;
    outcome |= 393216;
    outcome |= 2;
    goto done;
done: ;
COLUMN(6) = outcome;
}
}
}
