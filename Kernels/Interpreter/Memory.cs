using Chainring.Kernels.Helpers;
using Chainring.Kernels.Maps;
using Chainring.Kernels.Network;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Interpreter;

/// <summary>Everything a program can reach while it processes one frame. Each access is checked against what is live at that moment.</summary>
ref struct Memory
{
    public const int StackBytes = RunLimits.StackBytes;

    /// <summary>The stacks of all calls in progress, outermost first.</summary>
    public Span<byte> Stack;

    /// <summary>Depth of the function that is running; the stacks of its callers are live, deeper ones are not.</summary>
    public int Depth;

    public ref Frame Frame;

    /// <summary>The frame's whole buffer.</summary>
    public Span<byte> Packet;

    public MapTable Maps;

    public Reservations Reservations;

    public DynptrTable Dynptrs;

    /// <summary>For each call in progress but the first, the calls that a helper makes of its function.</summary>
    public Span<Loop> Loops;

    public SocketReferences Sockets;

    /// <summary>Bytes that an instruction stores to, or the reason why it cannot. A dynamic pointer that they are a part of has come to its end.</summary>
    public readonly AbortReason ReachToStore(ulong address, int size, out Span<byte> bytes)
    {
        var (depth, offset) = (Address.IndexOf(address), Address.OffsetOf(address));
        bool ends = Address.RegionOf(address) == Region.Stack && depth <= (uint)Depth && (ulong)offset + (uint)size <= StackBytes;
        if (ends) Dynptrs.TryEnd(depth, offset, size);
        return Reach(address, size, MemoryAccess.Write, out bytes);
    }

    /// <summary>Whether a dynamic pointer may be at an address: on a live stack, all of it, at a multiple of 8.</summary>
    public readonly bool IsPlaceOfDynptr(ulong address) =>
        Address.RegionOf(address) == Region.Stack && Address.IndexOf(address) <= (uint)Depth && DynptrTable.IsPlace(Address.OffsetOf(address));

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
                if (Dynptrs.Overlaps(depth, offset, size)) return AbortReason.DynptrAccess;
                bytes = Stack.Slice((int)depth * StackBytes + (int)offset, size);
                return AbortReason.None;

            case Region.ReadOnlyPacket or Region.ReadOnlyMapValue or Region.ReadOnlyRecord when writes:
                return AbortReason.SliceReadOnly;

            case Region.Packet or Region.ReadOnlyPacket:
                if (Address.IndexOf(address) != 0 || offset < (uint)Frame.Meta || end > (uint)Frame.End) return AbortReason.PacketBounds;
                bytes = Packet.Slice((int)offset, size);
                return AbortReason.None;

            case Region.MapValue or Region.ReadOnlyMapValue:
                if (Maps.Find(Address.IndexOf(address)) is not { } map || !map.Holds(offset, size)) return AbortReason.MapValueBounds;
                if (writes && !map.ProgramsMayWrite) return AbortReason.MapReadOnly;
                if (reads && !map.ProgramsMayRead) return AbortReason.MapWriteOnly;
                bytes = map.Storage.AsSpan((int)offset, size);
                return AbortReason.None;

            case Region.Record or Region.ReadOnlyRecord:
                if (!Reservations.Holds(Address.IndexOf(address), offset, size)) return AbortReason.RecordBounds;
                bytes = Maps.Find(Address.IndexOf(address))!.Storage.AsSpan((int)offset, size);
                return AbortReason.None;

            case Region.MapKey:
                uint call = Address.IndexOf(address);
                var key = call < (uint)Depth ? Loops[(int)call].Key : default;
                if (end > (uint)key.Length) return AbortReason.MapKeyBounds;
                if (writes) return AbortReason.MapKeyReadOnly;
                bytes = key.Slice((int)offset, size);
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
