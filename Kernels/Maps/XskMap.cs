using System.Buffers.Binary;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Maps;

/// <summary>
/// <c>BPF_MAP_TYPE_XSKMAP</c>: AF_XDP sockets by index (net/xdp/xskmap.c). A socket is any number that the host gives; a program that looks
/// one up reads that number, where the kernel shows the queue the socket is bound to.
/// </summary>
public sealed class XskMap(uint id, MapSpec spec) : RedirectArray(id, spec)
{
    protected override RedirectTarget TargetAt(int slot, uint word) => new(RedirectKind.Socket, word);

    /// <summary>The socket that is there already may be set again, whatever the flags.</summary>
    protected override int Set(int slot, ReadOnlySpan<byte> value, ulong flags)
    {
        uint socket = BinaryPrimitives.ReadUInt32LittleEndian(value);
        uint? old = EntryAt((uint)slot);
        if (old == socket) return 0;
        if (old is not null && flags == UpdateFlags.NoExist) return -Errno.Exists;
        if (old is null && flags == UpdateFlags.Exist) return -Errno.NoEntry;
        Put(slot, socket);
        return 0;
    }
}
