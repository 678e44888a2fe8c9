// xdp_firewall+xdp_counter: commutative, it adds to map values that nothing reads, and writes nothing else that frames share.
// All frames of a batch run at once.
__attribute__((reqd_work_group_size(64, 1, 1)))
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
    global const uint *restrict stop,
    global uchar *m0_values,
    global uchar *m1_values,
    global uchar *m1_keys,
    global ulong *m1_buckets,
    global int *m1_next)
{
// blocked_ports
const hash_map m1 = { m1_keys, m1_buckets, m1_next, (global uint *)0, (global int *)0, (global int *)0, (global int *)0, (global int *)0, (global int *)0, m1_values, 2, 8, 8, 1025, 2047, 1, -1, false, false };
const uint n = get_global_id(0);
if (n < count)
{
global uint *const own = columns + n;
const uint data = COLUMN(0);
frame_place frame = { data, data, COLUMN(1), 0 };
const uint first = data + 12;
if (data == 0) COLUMN(19) = 5632;
else if (*stop != 0) COLUMN(19) = 7936;
else
{
uint outcome = 0, logged = 0, draws = 0, tail_calls = 0, tail_outcome = 0;
ulong executed = 0;
uchar stack[1024] __attribute__((aligned(8)));
ulong v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15;
ulong v16, v17, v18, v19, v20, v21, v22, v23, v24;
    v0 = (ulong)frame.end;
    v1 = (ulong)frame.data;
    v2 = (v1 + 14UL);
    if ((v0 < v2))
    {
        goto b35;
    }
    else
    {
        goto b1;
    }
b1: ;
    v3 = ((ulong)COLUMN(18) & 65535UL);
    if ((v3 == 56710UL))
    {
        goto b2;
    }
    else
    {
        goto b16;
    }
b2: ;
    v4 = (v1 + 54UL);
    if ((v0 < v4))
    {
        goto b35;
    }
    else
    {
        goto b3;
    }
b3: ;
    v5 = ((ulong)COLUMN(16) & 255UL);
    if ((v5 == 17UL))
    {
        goto b4;
    }
    else
    {
        goto b9;
    }
b4: ;
    if ((v0 < (v1 + 58UL)))
    {
        goto b5;
    }
    else
    {
        goto b6;
    }
b5: ;
    add64(m0_values + 272, 1UL);
    add64(m0_values + 280, (v0 - v1));
    outcome |= 65536;
    outcome |= 2;
    goto done;
b6: ;
    v6 = ((ulong)COLUMN(7) & 65535UL);
    STORE(private, u16, stack + 510, (ushort)v6);
    {
        {
        const int slot = hash_find(&m1, (stack + 510));
        v7 = slot < 0 ? 0 : AT_MAP(1) + ((ulong)(uint)slot) * 8;
        }
    }
    if ((v7 == 0UL))
    {
        goto b7;
    }
    else
    {
        goto b8;
    }
b7: ;
    add64(m0_values + 272, 1UL);
    add64(m0_values + 280, (v0 - v1));
    outcome |= 65536;
    outcome |= 2;
    goto done;
b8: ;
    add64(m1_values + (v7 - AT_MAP(1)), 1UL);
    outcome |= 131072;
    outcome |= 1;
    goto done;
b9: ;
    if ((v5 == 6UL))
    {
        goto b10;
    }
    else
    {
        goto b15;
    }
b10: ;
    if ((v0 < (v1 + 58UL)))
    {
        goto b11;
    }
    else
    {
        goto b12;
    }
b11: ;
    add64(m0_values + 96, 1UL);
    add64(m0_values + 104, (v0 - v1));
    outcome |= 65536;
    outcome |= 2;
    goto done;
b12: ;
    v8 = ((ulong)COLUMN(7) & 65535UL);
    STORE(private, u16, stack + 510, (ushort)v8);
    {
        {
        const int slot = hash_find(&m1, (stack + 510));
        v9 = slot < 0 ? 0 : AT_MAP(1) + ((ulong)(uint)slot) * 8;
        }
    }
    if ((v9 == 0UL))
    {
        goto b13;
    }
    else
    {
        goto b14;
    }
b13: ;
    add64(m0_values + 96, 1UL);
    add64(m0_values + 104, (v0 - v1));
    outcome |= 65536;
    outcome |= 2;
    goto done;
b14: ;
    add64(m1_values + (v9 - AT_MAP(1)), 1UL);
    outcome |= 131072;
    outcome |= 1;
    goto done;
b15: ;
    v10 = ((AT_MAP(0) + 0UL) + (v5 * 16UL));
    add64(m0_values + (v10 - AT_MAP(0)), 1UL);
    add64(m0_values + (v10 + 8UL - AT_MAP(0)), (v0 - v1));
    outcome |= 65536;
    outcome |= 2;
    goto done;
b16: ;
    if ((v3 == 8UL))
    {
        goto b17;
    }
    else
    {
        goto b35;
    }
b17: ;
    if ((v0 < (v1 + 34UL)))
    {
        goto b35;
    }
    else
    {
        goto b18;
    }
b18: ;
    v11 = ((ulong)COLUMN(18) >> 16 & 255UL);
    v12 = (v11 & 15UL);
    if ((v12 < 5UL))
    {
        goto b19;
    }
    else
    {
        goto b20;
    }
b19: ;
    v13 = ((ulong)COLUMN(16) >> 24);
    v14 = ((AT_MAP(0) + 0UL) + (v13 * 16UL));
    add64(m0_values + (v14 - AT_MAP(0)), 1UL);
    add64(m0_values + (v14 + 8UL - AT_MAP(0)), (v0 - v1));
    outcome |= 65536;
    outcome |= 2;
    goto done;
b20: ;
    v15 = ((ulong)COLUMN(16) & 65535UL);
    if (((v15 & 65311UL) == 0UL))
    {
        goto b21;
    }
    else
    {
        goto b34;
    }
b21: ;
    v16 = (v2 + (v12 << 2));
    v17 = ((ulong)COLUMN(16) >> 24);
    if ((v17 == 17UL))
    {
        goto b22;
    }
    else
    {
        goto b27;
    }
b22: ;
    if ((v0 < (v16 + 4UL)))
    {
        goto b23;
    }
    else
    {
        goto b24;
    }
b23: ;
    add64(m0_values + 272, 1UL);
    add64(m0_values + 280, (v0 - v1));
    outcome |= 65536;
    outcome |= 2;
    goto done;
b24: ;
    v18 = words_load(own, step, 18, (uint)(v16 + 2UL) - first, 2);
    STORE(private, u16, stack + 510, (ushort)v18);
    {
        {
        const int slot = hash_find(&m1, (stack + 510));
        v19 = slot < 0 ? 0 : AT_MAP(1) + ((ulong)(uint)slot) * 8;
        }
    }
    if ((v19 == 0UL))
    {
        goto b25;
    }
    else
    {
        goto b26;
    }
b25: ;
    add64(m0_values + 272, 1UL);
    add64(m0_values + 280, (v0 - v1));
    outcome |= 65536;
    outcome |= 2;
    goto done;
b26: ;
    add64(m1_values + (v19 - AT_MAP(1)), 1UL);
    outcome |= 131072;
    outcome |= 1;
    goto done;
b27: ;
    if ((v17 == 6UL))
    {
        goto b28;
    }
    else
    {
        goto b33;
    }
b28: ;
    if ((v0 < (v16 + 4UL)))
    {
        goto b29;
    }
    else
    {
        goto b30;
    }
b29: ;
    add64(m0_values + 96, 1UL);
    add64(m0_values + 104, (v0 - v1));
    outcome |= 65536;
    outcome |= 2;
    goto done;
b30: ;
    v20 = words_load(own, step, 18, (uint)(v16 + 2UL) - first, 2);
    STORE(private, u16, stack + 510, (ushort)v20);
    {
        {
        const int slot = hash_find(&m1, (stack + 510));
        v21 = slot < 0 ? 0 : AT_MAP(1) + ((ulong)(uint)slot) * 8;
        }
    }
    if ((v21 == 0UL))
    {
        goto b31;
    }
    else
    {
        goto b32;
    }
b31: ;
    add64(m0_values + 96, 1UL);
    add64(m0_values + 104, (v0 - v1));
    outcome |= 65536;
    outcome |= 2;
    goto done;
b32: ;
    add64(m1_values + (v21 - AT_MAP(1)), 1UL);
    outcome |= 131072;
    outcome |= 1;
    goto done;
b33: ;
    v22 = ((AT_MAP(0) + 0UL) + (v17 * 16UL));
    add64(m0_values + (v22 - AT_MAP(0)), 1UL);
    add64(m0_values + (v22 + 8UL - AT_MAP(0)), (v0 - v1));
    outcome |= 65536;
    outcome |= 2;
    goto done;
b34: ;
    v23 = ((ulong)COLUMN(16) >> 24);
    v24 = ((AT_MAP(0) + 0UL) + (v23 * 16UL));
    add64(m0_values + (v24 - AT_MAP(0)), 1UL);
    add64(m0_values + (v24 + 8UL - AT_MAP(0)), (v0 - v1));
    outcome |= 65536;
    outcome |= 2;
    goto done;
b35: ;
    outcome |= 65536;
    outcome |= 2;
    goto done;
done: ;
COLUMN(19) = outcome;
}
}
}
