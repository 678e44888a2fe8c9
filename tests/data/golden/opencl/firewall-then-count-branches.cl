// xdp_firewall+xdp_counter: commutative, it adds to map values where nothing reads what sums change, and writes nothing else that frames share.
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
    global uchar *m0_keys,
    global ulong *m0_buckets,
    global int *m0_next,
    global uchar *m1_values)
{
// blocked_ports
const hash_map m0 = { m0_keys, m0_buckets, m0_next, (global uint *)0, (global int *)0, (global int *)0, (global int *)0, (global int *)0, (global int *)0, m0_values, 2, 8, 8, 1025, 2047, 1, -1, false, false };
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
ulong v16;
    v0 = (ulong)frame.end;
    v1 = (ulong)frame.data;
    v2 = (v1 + 14UL);
    if ((v0 < v2))
    {
        goto b1;
    }
    else
    {
        goto b2;
    }
b1: ;
    ways[(ulong)n * 2 + logged++] = 0;
    goto b23;
b2: ;
    v3 = ((ulong)COLUMN(18) & 65535UL);
    if ((v3 == 56710UL))
    {
        goto b3;
    }
    else
    {
        goto b6;
    }
b3: ;
    v4 = (v1 + 54UL);
    if ((v0 < v4))
    {
        goto b4;
    }
    else
    {
        goto b5;
    }
b4: ;
    ways[(ulong)n * 2 + logged++] = 0;
    goto b23;
b5: ;
    { const ulong next0 = v4, next1 = (v1 + 20UL); v5 = next0; v6 = next1; }
    goto b13;
b6: ;
    if ((v3 == 8UL))
    {
        goto b7;
    }
    else
    {
        goto b22;
    }
b7: ;
    if ((v0 < (v1 + 34UL)))
    {
        goto b8;
    }
    else
    {
        goto b9;
    }
b8: ;
    ways[(ulong)n * 2 + logged++] = 0;
    goto b23;
b9: ;
    v7 = ((ulong)COLUMN(18) >> 16 & 255UL);
    v8 = (v7 & 15UL);
    if ((v8 < 5UL))
    {
        goto b10;
    }
    else
    {
        goto b11;
    }
b10: ;
    ways[(ulong)n * 2 + logged++] = 0;
    goto b23;
b11: ;
    v9 = ((ulong)COLUMN(16) & 65535UL);
    if (((v9 & 65311UL) == 0UL))
    {
        goto b12;
    }
    else
    {
        goto b21;
    }
b12: ;
    { const ulong next0 = (v2 + (v8 << 2)), next1 = (v1 + 23UL); v5 = next0; v6 = next1; }
b13: ;
    v10 = words_load(own, step, 18, (uint)(v6) - first, 1);
    if ((v10 == 17UL))
    {
        goto b15;
    }
    else
    {
        goto b14;
    }
b14: ;
    if ((v10 == 6UL))
    {
        goto b15;
    }
    else
    {
        goto b20;
    }
b15: ;
    if ((v0 < (v5 + 4UL)))
    {
        goto b16;
    }
    else
    {
        goto b17;
    }
b16: ;
    ways[(ulong)n * 2 + logged++] = 0;
    goto b23;
b17: ;
    v11 = words_load(own, step, 18, (uint)(v5 + 2UL) - first, 2);
    STORE(private, u16, stack + 510, (ushort)v11);
    {
        {
        const int slot = hash_find(&m0, (stack + 510));
        v12 = slot < 0 ? 0 : AT_MAP(0) + ((ulong)(uint)slot) * 8;
        }
    }
    if ((v12 == 0UL))
    {
        goto b18;
    }
    else
    {
        goto b19;
    }
b18: ;
    ways[(ulong)n * 2 + logged++] = 0;
    goto b23;
b19: ;
    add64(m0_values + (v12 - AT_MAP(0)), 1UL);
    ways[(ulong)n * 2 + logged++] = 1;
    outcome |= 1;
    goto done;
b20: ;
    ways[(ulong)n * 2 + logged++] = 0;
    goto b23;
b21: ;
    ways[(ulong)n * 2 + logged++] = 0;
    goto b23;
b22: ;
    ways[(ulong)n * 2 + logged++] = 0;
b23: ;
    if ((v0 < v2))
    {
        goto b29;
    }
    else
    {
        goto b24;
    }
b24: ;
    v13 = ((ulong)COLUMN(18) & 65535UL);
    if ((v13 == 56710UL))
    {
        goto b25;
    }
    else
    {
        goto b26;
    }
b25: ;
    if ((v0 < (v1 + 54UL)))
    {
        goto b29;
    }
    else
    {
        v14 = 20UL;
        goto b28;
    }
b26: ;
    if ((v13 == 8UL))
    {
        goto b27;
    }
    else
    {
        goto b29;
    }
b27: ;
    if ((v0 < (v1 + 34UL)))
    {
        goto b29;
    }
    else
    {
        v14 = 23UL;
        goto b28;
    }
b28: ;
    v15 = words_load(own, step, 18, (uint)((v1 + v14)) - first, 1);
    v16 = ((AT_MAP(1) + 0UL) + (v15 * 16UL));
    add64(m1_values + (v16 - AT_MAP(1)), 1UL);
    add64(m1_values + (v16 + 8UL - AT_MAP(1)), (v0 - v1));
b29: ;
    ways[(ulong)n * 2 + logged++] = 2;
    outcome |= 2;
    goto done;
done: ;
COLUMN(19) = outcome | logged << 16;
}
}
}
