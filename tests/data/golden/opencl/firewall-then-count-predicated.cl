// xdp_firewall+xdp_counter: commutative, it adds to map values that nothing reads, and writes nothing else that frames share.
// All frames of a batch run at once.
__attribute__((reqd_work_group_size(64, 1, 1)))
kernel void chain(global uchar *restrict packets,
    global uchar *restrict records,
    global const int *restrict numbers,
    global uint *restrict outcomes,
    global ushort *restrict ways,
    const uint count,
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
FETCH(packets + (ulong)numbers[min(n + 16, count - 1)] * stride + 256);
const int number = numbers[n];
global uchar *packet = packets + (ulong)number * stride, *record = records + (ulong)number * RECORD_BYTES;
frame_place frame = { (uint)LOAD(global, u32, record + RECORD_META), (uint)LOAD(global, u32, record + RECORD_DATA), (uint)LOAD(global, u32, record + RECORD_END), (uint)LOAD(global, u32, record + RECORD_FRAGMENTS) };
if (frame.fragments != 0) outcomes[n] = 5632;
else if (*stop != 0) outcomes[n] = 7936;
else
{
uint outcome = 0, logged = 0, draws = 0, tail_calls = 0, tail_outcome = 0;
ulong executed = 0;
uchar stack[1024] __attribute__((aligned(8)));
ulong v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15;
ulong v16, v17, v18, v19, v20, v21, v22, v23, v24;
bool in0 = true, in1 = false, in2 = false, in3 = false, in4 = false, in5 = false, in6 = false, in7 = false, in8 = false, in9 = false, in10 = false, in11 = false, in12 = false, in13 = false, in14 = false, in15 = false;
bool in16 = false, in17 = false, in18 = false, in19 = false, in20 = false, in21 = false, in22 = false, in23 = false, in24 = false, in25 = false, in26 = false, in27 = false, in28 = false, in29 = false, in30 = false, in31 = false;
bool in32 = false, in33 = false, in34 = false, in35 = false;
    if (in0)
    {
        v0 = (ulong)frame.end;
        v1 = (ulong)frame.data;
        v2 = (v1 + 14UL);
        if ((v0 < v2))
        {
            in35 = true;
        }
        else
        {
            in1 = true;
        }
    }
    if (in1)
    {
        v3 = LOAD(global, u16, packet + (v1 + 12UL));
        if ((v3 == 56710UL))
        {
            in2 = true;
        }
        else
        {
            in16 = true;
        }
    }
    if (in2)
    {
        v4 = (v1 + 54UL);
        if ((v0 < v4))
        {
            in35 = true;
        }
        else
        {
            in3 = true;
        }
    }
    if (in3)
    {
        v5 = LOAD(global, u8, packet + ((v1 + 20UL)));
        if ((v5 == 17UL))
        {
            in4 = true;
        }
        else
        {
            in9 = true;
        }
    }
    if (in4)
    {
        if ((v0 < (v1 + 58UL)))
        {
            in5 = true;
        }
        else
        {
            in6 = true;
        }
    }
    if (in5)
    {
        add64(m0_values + 272, 1UL);
        add64(m0_values + 280, (v0 - v1));
        outcome |= 65536;
        outcome |= 2;
    }
    if (in6)
    {
        v6 = LOAD(global, u16, packet + (v4 + 2UL));
        STORE(private, u16, stack + 510, (ushort)v6);
        {
            {
            const int slot = hash_find(&m1, (stack + 510));
            v7 = slot < 0 ? 0 : AT_MAP(1) + ((ulong)(uint)slot) * 8;
            }
        }
        if ((v7 == 0UL))
        {
            in7 = true;
        }
        else
        {
            in8 = true;
        }
    }
    if (in7)
    {
        add64(m0_values + 272, 1UL);
        add64(m0_values + 280, (v0 - v1));
        outcome |= 65536;
        outcome |= 2;
    }
    if (in8)
    {
        add64(m1_values + (v7 - AT_MAP(1)), 1UL);
        outcome |= 131072;
        outcome |= 1;
    }
    if (in9)
    {
        if ((v5 == 6UL))
        {
            in10 = true;
        }
        else
        {
            in15 = true;
        }
    }
    if (in10)
    {
        if ((v0 < (v1 + 58UL)))
        {
            in11 = true;
        }
        else
        {
            in12 = true;
        }
    }
    if (in11)
    {
        add64(m0_values + 96, 1UL);
        add64(m0_values + 104, (v0 - v1));
        outcome |= 65536;
        outcome |= 2;
    }
    if (in12)
    {
        v8 = LOAD(global, u16, packet + (v4 + 2UL));
        STORE(private, u16, stack + 510, (ushort)v8);
        {
            {
            const int slot = hash_find(&m1, (stack + 510));
            v9 = slot < 0 ? 0 : AT_MAP(1) + ((ulong)(uint)slot) * 8;
            }
        }
        if ((v9 == 0UL))
        {
            in13 = true;
        }
        else
        {
            in14 = true;
        }
    }
    if (in13)
    {
        add64(m0_values + 96, 1UL);
        add64(m0_values + 104, (v0 - v1));
        outcome |= 65536;
        outcome |= 2;
    }
    if (in14)
    {
        add64(m1_values + (v9 - AT_MAP(1)), 1UL);
        outcome |= 131072;
        outcome |= 1;
    }
    if (in15)
    {
        v10 = ((AT_MAP(0) + 0UL) + (v5 * 16UL));
        add64(m0_values + (v10 - AT_MAP(0)), 1UL);
        add64(m0_values + (v10 + 8UL - AT_MAP(0)), (v0 - v1));
        outcome |= 65536;
        outcome |= 2;
    }
    if (in16)
    {
        if ((v3 == 8UL))
        {
            in17 = true;
        }
        else
        {
            in35 = true;
        }
    }
    if (in17)
    {
        if ((v0 < (v1 + 34UL)))
        {
            in35 = true;
        }
        else
        {
            in18 = true;
        }
    }
    if (in18)
    {
        v11 = LOAD(global, u8, packet + (v2));
        v12 = (v11 & 15UL);
        if ((v12 < 5UL))
        {
            in19 = true;
        }
        else
        {
            in20 = true;
        }
    }
    if (in19)
    {
        v13 = LOAD(global, u8, packet + ((v1 + 23UL)));
        v14 = ((AT_MAP(0) + 0UL) + (v13 * 16UL));
        add64(m0_values + (v14 - AT_MAP(0)), 1UL);
        add64(m0_values + (v14 + 8UL - AT_MAP(0)), (v0 - v1));
        outcome |= 65536;
        outcome |= 2;
    }
    if (in20)
    {
        v15 = LOAD(global, u16, packet + (v1 + 20UL));
        if (((v15 & 65311UL) == 0UL))
        {
            in21 = true;
        }
        else
        {
            in34 = true;
        }
    }
    if (in21)
    {
        v16 = (v2 + (v12 << 2));
        v17 = LOAD(global, u8, packet + ((v1 + 23UL)));
        if ((v17 == 17UL))
        {
            in22 = true;
        }
        else
        {
            in27 = true;
        }
    }
    if (in22)
    {
        if ((v0 < (v16 + 4UL)))
        {
            in23 = true;
        }
        else
        {
            in24 = true;
        }
    }
    if (in23)
    {
        add64(m0_values + 272, 1UL);
        add64(m0_values + 280, (v0 - v1));
        outcome |= 65536;
        outcome |= 2;
    }
    if (in24)
    {
        v18 = LOAD(global, u16, packet + (v16 + 2UL));
        STORE(private, u16, stack + 510, (ushort)v18);
        {
            {
            const int slot = hash_find(&m1, (stack + 510));
            v19 = slot < 0 ? 0 : AT_MAP(1) + ((ulong)(uint)slot) * 8;
            }
        }
        if ((v19 == 0UL))
        {
            in25 = true;
        }
        else
        {
            in26 = true;
        }
    }
    if (in25)
    {
        add64(m0_values + 272, 1UL);
        add64(m0_values + 280, (v0 - v1));
        outcome |= 65536;
        outcome |= 2;
    }
    if (in26)
    {
        add64(m1_values + (v19 - AT_MAP(1)), 1UL);
        outcome |= 131072;
        outcome |= 1;
    }
    if (in27)
    {
        if ((v17 == 6UL))
        {
            in28 = true;
        }
        else
        {
            in33 = true;
        }
    }
    if (in28)
    {
        if ((v0 < (v16 + 4UL)))
        {
            in29 = true;
        }
        else
        {
            in30 = true;
        }
    }
    if (in29)
    {
        add64(m0_values + 96, 1UL);
        add64(m0_values + 104, (v0 - v1));
        outcome |= 65536;
        outcome |= 2;
    }
    if (in30)
    {
        v20 = LOAD(global, u16, packet + (v16 + 2UL));
        STORE(private, u16, stack + 510, (ushort)v20);
        {
            {
            const int slot = hash_find(&m1, (stack + 510));
            v21 = slot < 0 ? 0 : AT_MAP(1) + ((ulong)(uint)slot) * 8;
            }
        }
        if ((v21 == 0UL))
        {
            in31 = true;
        }
        else
        {
            in32 = true;
        }
    }
    if (in31)
    {
        add64(m0_values + 96, 1UL);
        add64(m0_values + 104, (v0 - v1));
        outcome |= 65536;
        outcome |= 2;
    }
    if (in32)
    {
        add64(m1_values + (v21 - AT_MAP(1)), 1UL);
        outcome |= 131072;
        outcome |= 1;
    }
    if (in33)
    {
        v22 = ((AT_MAP(0) + 0UL) + (v17 * 16UL));
        add64(m0_values + (v22 - AT_MAP(0)), 1UL);
        add64(m0_values + (v22 + 8UL - AT_MAP(0)), (v0 - v1));
        outcome |= 65536;
        outcome |= 2;
    }
    if (in34)
    {
        v23 = LOAD(global, u8, packet + ((v1 + 23UL)));
        v24 = ((AT_MAP(0) + 0UL) + (v23 * 16UL));
        add64(m0_values + (v24 - AT_MAP(0)), 1UL);
        add64(m0_values + (v24 + 8UL - AT_MAP(0)), (v0 - v1));
        outcome |= 65536;
        outcome |= 2;
    }
    if (in35)
    {
        outcome |= 65536;
        outcome |= 2;
    }
outcomes[n] = outcome;
}
}
}
