using Chainring.Kernels.Helpers;
using Chainring.Kernels.Maps;
using Chainring.Kernels.Network;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Interpreter;

/// <summary>Everything a program can reach while it processes one frame. Each access is checked against what is live at that moment.</summary>
ref struct Memory
{
    public const int StackBytes = 512;

    /// <summary>The stacks of all calls in progress, outermost first.</summary>
    public Span<byte> Stack;

    /// <summary>Depth of the function that is running; the stacks of its callers are live, deeper ones are not.</summary>
    public int Depth;

    public ref Frame Frame;

    /// <summary>The frame's whole buffer.</summary>
    public Span<byte> Packet;

    public MapTable Maps;

    public Reservations Reservations;

    public SocketReferences Sockets;

    /// <summary>The bytes at [address, address + size), or the reason why they cannot be touched.</summary>
    public readonly AbortReason Reach(ulong address, int size, MemoryAccess access, out Span<byte> bytes)
    {
        bytes = default;
        bool reads = (access & MemoryAccess.Read) != 0, writes = (access & MemoryAccess.Write) != 0;
        uint offset = Address.OffsetOf(address);
        ulong end = (ulong)offset + (uint)size;
        switch (Address.RegionOf(address))
        {
            case Region.Stack:
                uint depth = Address.IndexOf(address);
                if (depth > (uint)Depth || end > StackBytes) return AbortReason.StackBounds;
                bytes = Stack.Slice((int)depth * StackBytes + (int)offset, size);
                return AbortReason.None;

            case Region.Packet:
                if (Address.IndexOf(address) != 0 || offset < (uint)Frame.Meta || end > (uint)Frame.End) return AbortReason.PacketBounds;
                bytes = Packet.Slice((int)offset, size);
                return AbortReason.None;

            case Region.MapValue:
                if (Maps.Find(Address.IndexOf(address)) is not { } map || !map.Holds(offset, size)) return AbortReason.MapValueBounds;
                if (writes && !map.ProgramsMayWrite) return AbortReason.MapReadOnly;
                if (reads && !map.ProgramsMayRead) return AbortReason.MapWriteOnly;
                bytes = map.Storage.AsSpan((int)offset, size);
                return AbortReason.None;

            case Region.Record:
                if (!Reservations.Holds(Address.IndexOf(address), offset, size)) return AbortReason.RecordBounds;
                bytes = Maps.Find(Address.IndexOf(address))!.Storage.AsSpan((int)offset, size);
                return AbortReason.None;

            // Helpers are not given their fields as memory; loads come by SocketField.
            case Region.Socket or Region.CommonSocket:
                return writes ? AbortReason.SocketReadOnly : AbortReason.SocketBounds;

            case Region.Context:
                return writes ? AbortReason.ContextReadOnly : AbortReason.ContextBounds;

            default:
                return AbortReason.NotAPointer;
        }
    }

    /// <summary>The bytes of a socket's field, or the reason why they cannot be loaded.</summary>
    public readonly AbortReason SocketField(ulong address, int size, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        uint at = Address.OffsetOf(address);
        if (Sockets.Find(Address.IndexOf(address)) is not { } socket || !SocketFields.MayLoad(at, size, Address.RegionOf(address) == Region.CommonSocket))
            return AbortReason.SocketBounds;
        bytes = socket.Fields.Slice((int)at, size);
        return AbortReason.None;
    }
}
