// hash_payload+checksum_payload+count_nibbles: ordered, it writes values of results.
// One frame runs after the other, since the chain writes values of results at a place that all frames have in common.
__attribute__((reqd_work_group_size(1, 1, 1)))
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
    volatile global const uint *restrict stop,
    global uchar *m0_values,
    global uchar *m1_values)
{
for (uint n = 0; n < count; n++)
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
ulong v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15;
ulong v16, v17, v18, v19, v20, v21, v22, v23, v24, v25, v26, v27, v28, v29, v30, v31;
ulong v32, v33, v34, v35, v36, v37, v38, v39, v40, v41;
bool in0 = true, in1 = false, in2 = false, in3 = false, in4 = false, in5 = false, in6 = false, in7 = false, in8 = false, in9 = false, in10 = false, in11 = false, in12 = false, in13 = false, in14 = false, in15 = false;
bool in16 = false, in17 = false;
    if (in0)
    {
        v0 = (ulong)frame.data;
        v1 = (ulong)frame.end;
        { const ulong next0 = 0UL, next1 = 0xcbf29ce484222325UL, next2 = 0UL, next3 = 1UL, next4 = 0UL; v2 = next0; v3 = next1; v4 = next2; v5 = next3; v6 = next4; }
        in1 = true;
    }
b1: ;
    if (in1)
    {
        in1 = false;
        v7 = (v0 + v2);
        if ((v1 < (v7 + 1UL)))
        {
            { const ulong next0 = v3, next1 = v4, next2 = v5, next3 = v6; v8 = next0; v9 = next1; v10 = next2; v11 = next3; }
            in4 = true;
        }
        else
        {
            in2 = true;
        }
    }
    if (in2)
    {
        in2 = false;
        v12 = LOAD(global, u8, packet + (v7));
        if ((v12 == 0UL))
        {
            v13 = 1UL;
            in3 = true;
        }
        else
        {
            v13 = 0UL;
            in3 = true;
        }
    }
    if (in3)
    {
        in3 = false;
        v14 = ((v4 + v13) & 0xffffffffUL);
        v15 = ((v3 ^ v12) * 0x100000001b3UL);
        v16 = (v5 + v12);
        v17 = (v16 & 0xffffffffUL);
        v18 = ((v16 + v6) & 0xffffffffUL);
        if ((v2 == 1513UL))
        {
            { const ulong next0 = v15, next1 = v14, next2 = v17, next3 = v18; v8 = next0; v9 = next1; v10 = next2; v11 = next3; }
            in4 = true;
        }
        else
        {
            { const ulong next0 = (v2 + 1UL), next1 = v15, next2 = v14, next3 = v17, next4 = v18; v2 = next0; v3 = next1; v4 = next2; v5 = next3; v6 = next4; }
            in1 = true;
        }
    }
    if (in1) goto b1;
    if (in4)
    {
        STORE(global, u64, m0_values + 0, v8);
        v19 = LOAD(global, u64, m0_values + 8);
        STORE(global, u64, m0_values + 8, ((v19 * 31UL) + v8));
        v20 = ((((v11 & 0xffffffffUL) % 65521UL) << 16) | ((v10 & 0xffffffffUL) % 65521UL));
        STORE(global, u64, m0_values + 16, v20);
        v21 = LOAD(global, u64, m0_values + 24);
        STORE(global, u64, m0_values + 24, ((v21 * 31UL) + v20));
        STORE(global, u64, m0_values + 32, v9);
        v22 = LOAD(global, u64, m0_values + 40);
        STORE(global, u64, m0_values + 40, ((v22 * 31UL) + v9));
        if (((v8 & 1UL) == 0UL))
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
        ways[(ulong)n * 3 + logged++] = 0;
        in7 = true;
    }
    if (in6)
    {
        ways[(ulong)n * 3 + logged++] = 1;
        in7 = true;
    }
    if (in7)
    {
        v23 = (v0 + 2UL);
        if ((v1 < v23))
        {
            { const ulong next0 = v0, next1 = v23, next2 = 0UL; v24 = next0; v25 = next1; v26 = next2; }
            in11 = true;
        }
        else
        {
            { const ulong next0 = v0, next1 = 0UL, next2 = v0, next3 = 0UL; v27 = next0; v28 = next1; v29 = next2; v30 = next3; }
            in8 = true;
        }
    }
b8: ;
    if (in8)
    {
        in8 = false;
        v31 = LOAD(global, u16, packet + (v29));
        v32 = ((v30 + v31) & 0xffffffffUL);
        v33 = (v27 + 2UL);
        if ((755UL < (v28 & 0xffffffffUL)))
        {
            in10 = true;
        }
        else
        {
            in9 = true;
        }
    }
    if (in9)
    {
        in9 = false;
        if ((v1 < (v29 + 4UL)))
        {
            in10 = true;
        }
        else
        {
            { const ulong next0 = v33, next1 = ((v28 + 1UL) & 0xffffffffUL), next2 = v33, next3 = v32; v27 = next0; v28 = next1; v29 = next2; v30 = next3; }
            in8 = true;
        }
    }
    if (in8) goto b8;
    if (in10)
    {
        { const ulong next0 = v33, next1 = (v27 + 4UL), next2 = v32; v24 = next0; v25 = next1; v26 = next2; }
        in11 = true;
    }
    if (in11)
    {
        if ((v1 < (v24 + 1UL)))
        {
            v34 = v26;
            in14 = true;
        }
        else
        {
            in12 = true;
        }
    }
    if (in12)
    {
        if ((v1 < v25))
        {
            in13 = true;
        }
        else
        {
            v34 = v26;
            in14 = true;
        }
    }
    if (in13)
    {
        v35 = LOAD(global, u8, packet + (v24));
        v34 = ((v26 + v35) & 0xffffffffUL);
        in14 = true;
    }
    if (in14)
    {
        v36 = ((v34 & 65535UL) + ((v34 & 0xffffffffUL) >> 16));
        v37 = ((((v36 >> 16) + v36) ^ 65535UL) & 65535UL);
        STORE(global, u64, m0_values + 48, v37);
        v38 = LOAD(global, u64, m0_values + 56);
        STORE(global, u64, m0_values + 56, ((v38 * 31UL) + v37));
        ways[(ulong)n * 3 + logged++] = 2;
        v39 = 0UL;
        in15 = true;
    }
b15: ;
    if (in15)
    {
        in15 = false;
        v40 = (v0 + v39);
        if ((v1 < (v40 + 1UL)))
        {
            in17 = true;
        }
        else
        {
            in16 = true;
        }
    }
    if (in16)
    {
        in16 = false;
        v41 = LOAD(global, u8, packet + (v40));
        { global uchar *const at = m1_values + (((AT_MAP(1) + 0UL) + ((v41 >> 4) * 8UL)) - AT_MAP(1)); STORE(global, u64, at, (LOAD(global, u64, at) + 1UL)); }
        if ((v39 == 95UL))
        {
            in17 = true;
        }
        else
        {
            v39 = (v39 + 1UL);
            in15 = true;
        }
    }
    if (in15) goto b15;
    if (in17)
    {
        ways[(ulong)n * 3 + logged++] = 3;
        outcome |= 2;
    }
outcomes[n] = outcome | logged << 16;
}
}
}
