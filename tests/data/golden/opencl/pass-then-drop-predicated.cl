// xdp_pass+xdp_drop: stateless, it writes nothing that frames share.
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
    global const uint *restrict stop)
{
const uint n = get_global_id(0);
if (n < count)
{
const int number = numbers[n];
global uchar *packet = packets + (ulong)number * stride, *record = records + (ulong)number * RECORD_BYTES;
frame_place frame = { (uint)LOAD(global, u32, record + RECORD_META), (uint)LOAD(global, u32, record + RECORD_DATA), (uint)LOAD(global, u32, record + RECORD_END), (uint)LOAD(global, u32, record + RECORD_FRAGMENTS) };
if (frame.fragments != 0) outcomes[n] = 5632;
else if (*stop != 0) outcomes[n] = 7936;
else
{
uint outcome = 0, logged = 0, draws = 0, tail_calls = 0, tail_outcome = 0;
ulong executed = 0;
bool in0 = true;
    if (in0)
    {
        outcome |= 65536;
        outcome |= 1;
    }
outcomes[n] = outcome;
}
}
}
