using System.Buffers.Binary;
using System.Numerics;

namespace Chainring.Kernels.Helpers;

/// <summary>SipHash-2-4 (Aumasson, Bernstein: SipHash, a fast short-input PRF, 2012), with a key of 128 bits.</summary>
public readonly record struct SipHash(ulong Key0, ulong Key1)
{
    const int Block = sizeof(ulong);

    public ulong Of(ReadOnlySpan<byte> bytes)
    {
        var state = new State(Key0, Key1);
        int whole = bytes.Length - bytes.Length % Block;
        for (int at = 0; at < whole; at += Block) state.Take(BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]));
        ulong last = (ulong)bytes.Length << 56;
        for (int at = whole; at < bytes.Length; at++) last |= (ulong)bytes[at] << (8 * (at - whole));
        state.Take(last);
        return state.Finish();
    }

    struct State(ulong key0, ulong key1)
    {
        ulong _0 = key0 ^ 0x736f6d6570736575, _1 = key1 ^ 0x646f72616e646f6d, _2 = key0 ^ 0x6c7967656e657261, _3 = key1 ^ 0x7465646279746573;

        public void Take(ulong word)
        {
            _3 ^= word;
            Round();
            Round();
            _0 ^= word;
        }

        public ulong Finish()
        {
            _2 ^= 0xff;
            for (int n = 0; n < 4; n++) Round();
            return _0 ^ _1 ^ _2 ^ _3;
        }

        void Round()
        {
            _0 += _1;
            _2 += _3;
            _1 = BitOperations.RotateLeft(_1, 13) ^ _0;
            _3 = BitOperations.RotateLeft(_3, 16) ^ _2;
            _0 = BitOperations.RotateLeft(_0, 32);
            _2 += _1;
            _0 += _3;
            _1 = BitOperations.RotateLeft(_1, 17) ^ _2;
            _3 = BitOperations.RotateLeft(_3, 21) ^ _0;
            _2 = BitOperations.RotateLeft(_2, 32);
        }
    }
}
