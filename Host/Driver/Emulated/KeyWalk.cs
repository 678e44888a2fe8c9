using System.Buffers.Binary;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Emulated;

/// <summary>
/// Goes through the keys of a map, one question after the other. The keys of a hash are those that were there when the walk began, as far as they
/// still are.
/// </summary>
sealed class KeyWalk(Map map)
{
    byte[][] _keys = [];
    int _at;

    /// <param name="key">Empty to begin; a key that is not there begins anew.</param>
    /// <returns>0, -ENOENT behind the last key, or why keys cannot be walked.</returns>
    public int Next(ReadOnlySpan<byte> key, Span<byte> next) => map.Spec.Type switch
    {
        MapType.Queue or MapType.Stack => -Errno.Invalid,
        MapType.BloomFilter => -Errno.OperationNotSupported,
        MapType.RingBuffer => -Errno.NotSupported,
        MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash or MapType.LpmTrie or MapType.HashOfMaps or MapType.DevMapHash => NextOfHash(key, next),
        _ => NextIndex(key, next),
    };

    int NextIndex(ReadOnlySpan<byte> key, Span<byte> next)
    {
        uint index = key.IsEmpty ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index == (uint)map.Spec.MaxEntries - 1) return -Errno.NoEntry;
        BinaryPrimitives.WriteUInt32LittleEndian(next, index >= (uint)map.Spec.MaxEntries ? 0 : index + 1);
        return 0;
    }

    int NextOfHash(ReadOnlySpan<byte> key, Span<byte> next)
    {
        bool isLast = !key.IsEmpty && _at < _keys.Length && MapCommands.AreSame(map, key, _keys[_at]);
        if (!isLast)
        {
            _keys = [.. MapCommands.InOrder(map).Select(e => e.Key)];
            _at = -1;
            for (int n = 0; n < _keys.Length && !key.IsEmpty; n++)
            {
                if (MapCommands.AreSame(map, key, _keys[n])) _at = n;
            }
        }
        else if (map.Find(key, cpu: 0) < 0)
        {
            _at = -1;
        }
        for (_at++; _at < _keys.Length; _at++)
        {
            if (map.Find(_keys[_at], cpu: 0) < 0) continue;
            _keys[_at].CopyTo(next);
            return 0;
        }
        return -Errno.NoEntry;
    }
}
