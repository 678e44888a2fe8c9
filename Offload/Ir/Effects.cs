using Chainring.Offload.Isa;
using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir;

/// <summary>A piece of memory: what it may be in, and, if it has a fixed place from something, where.</summary>
/// <param name="Root">What it is so many bytes from; of the stack null.</param>
/// <param name="Length">Bytes; -1 if nobody knows how many, and where from <paramref name="Root"/>.</param>
readonly record struct Piece(AccessRegions Regions, Node? Root, long Offset, int Length)
{
    const AccessRegions Stacks = AccessRegions.Stack | AccessRegions.CallerStack, Packets = AccessRegions.Packet | AccessRegions.Metadata;

    /// <summary>All that programs can write to.</summary>
    public static readonly Piece Anything = new(Places.All, null, 0, -1);

    public bool IsOnStack => (Regions & ~Stacks) == 0 && Root is null && Length >= 0;

    public static Piece Of(Node access, int bytes) => At(access.Inputs[0], access.Number, access.Regions, bytes);

    /// <param name="regions">What is known of where it leads; none if nothing.</param>
    public static Piece At(Node address, ulong displacement, AccessRegions regions, int bytes)
    {
        var (root, offset) = Places.Of(address);
        var origin = Places.RegionsOf(root);
        if (regions == AccessRegions.None) regions = origin;
        else if ((regions & origin) != 0) regions &= origin;
        if (root.Op == Op.Stack) return new(AccessRegions.Stack, null, (long)(root.Number + offset + displacement), bytes);
        return new(regions, root, (long)(offset + displacement), bytes);
    }

    /// <summary>Whether what is written to one may be seen in the other.</summary>
    public bool Meets(in Piece other)
    {
        if ((Groups(Regions) & Groups(other.Regions)) == 0) return false;
        bool comparable = Length >= 0 && other.Length >= 0 && Root == other.Root && (Root is not null || (IsOnStack && other.IsOnStack));
        return !comparable || (Offset < other.Offset + other.Length && other.Offset < Offset + Length);
    }

    /// <summary>What is one memory under several names: a slice may be of the frame or of a map value, what a global function was given of anything.</summary>
    static int Groups(AccessRegions regions)
    {
        int groups = 0;
        if ((regions & Stacks) != 0) groups |= 1;
        if ((regions & Packets) != 0) groups |= 2;
        if ((regions & AccessRegions.MapValue) != 0) groups |= 4;
        if ((regions & AccessRegions.MapKey) != 0) groups |= 8;
        if ((regions & AccessRegions.Memory) != 0) groups |= 1 | 2 | 4 | 16;
        if ((regions & AccessRegions.Socket) != 0) groups |= 32;
        return groups;
    }
}

/// <summary>What a node does to memory and to the frame, besides being a value.</summary>
static class Effects
{
    static readonly Piece Packet = new(AccessRegions.Packet | AccessRegions.Metadata, null, 0, -1);
    static readonly Piece Values = new(AccessRegions.MapValue, null, 0, -1);

    /// <summary>It may move an end of the frame.</summary>
    public static bool MovesFrame(Node node) => node.Op switch
    {
        Op.Call => node.Row!.Effect == HelperEffect.MovesPacket,
        Op.TailCall or Op.PushVerdict or Op.PopVerdict => true,
        _ => false,
    };

    /// <summary>The memory that it may write to.</summary>
    public static IEnumerable<Piece> Writes(Node node)
    {
        switch (node.Op)
        {
            case Op.Store or Op.AddTo or Op.Atomic:
                yield return Piece.Of(node, (int)node.Size);
                break;
            case Op.ClearStack:
                yield return new(AccessRegions.Stack, null, (long)node.Number, node.Length);
                break;
            case Op.Fence:
                yield return Values;
                yield return new(AccessRegions.Memory, null, 0, -1);
                break;
            case Op.TailCall:
                yield return Packet;
                yield return Values;
                break;
            case Op.PushVerdict or Op.PopVerdict:
                yield return Packet;
                break;
            case Op.Call:
                if (WritesElsewhere(node.Row!) is var elsewhere && (elsewhere & AccessRegions.Packet) != 0) yield return Packet;
                if ((elsewhere & AccessRegions.MapValue) != 0) yield return Values;
                foreach (var (piece, access) in Arguments(node))
                {
                    if ((access & MemoryAccess.Write) != 0) yield return piece;
                }
                break;
        }
    }

    /// <summary>The memory that it reads; of a call, through its arguments.</summary>
    public static IEnumerable<Piece> Reads(Node node)
    {
        if (node.Op is Op.Load or Op.AddTo or Op.Atomic) yield return Piece.Of(node, (int)node.Size);
        if (node.Op == Op.TailCall) yield break;
        if (node.Op != Op.Call) yield break;
        foreach (var (piece, access) in Arguments(node))
        {
            if (access != MemoryAccess.Write) yield return piece;
        }
        // Pointers that no row tells of.
        if (node.Row!.Effect is HelperEffect.FollowsPointers or HelperEffect.OutputsText) yield return Piece.Anything;
    }

    /// <summary>Memory in the arguments of a call, and what is done to it. A place for a dynamic pointer is written to; a pointer that may be null is as if it were not.</summary>
    static IEnumerable<(Piece Piece, MemoryAccess Access)> Arguments(Node node)
    {
        var arguments = node.Row!.Arguments;
        IrMap? map = null;
        bool anyMap = false;
        for (int n = 0; n < arguments.Length; n++)
        {
            var argument = arguments[n];
            var value = node.Inputs[n].Now;
            if (argument.Kind is ArgumentKind.Map) (map, anyMap) = (value.Op == Op.Map ? value.Map : null, value.Op != Op.Map);
            if (argument.Kind is ArgumentKind.Dynptr or ArgumentKind.NewDynptr) yield return (Piece.At(value, 0, AccessRegions.Stack | AccessRegions.CallerStack, 16), MemoryAccess.Read | MemoryAccess.Write);
            if (argument.Kind is ArgumentKind.Record or ArgumentKind.LockInValue or ArgumentKind.Socket or ArgumentKind.ReleasedSocket or ArgumentKind.StackOrNull) continue;
            if (!argument.IsMemory) continue;
            int bytes = argument.Kind switch
            {
                ArgumentKind.MapKey => map?.Spec.KeySize ?? -1,
                ArgumentKind.MapValue or ArgumentKind.PeekedValue => map?.Spec.ValueSize ?? -1,
                ArgumentKind.FixedMemory => argument.Bytes,
                ArgumentKind.Text => -1,
                _ => node.Inputs[n + 1].Now is { IsConst: true, Number: <= int.MaxValue } size ? (int)size.Number : -1,
            };
            var access = argument.Access;
            if (argument.IsFilled || argument.Kind == ArgumentKind.PeekedValue) access |= MemoryAccess.Read;
            yield return (Piece.At(value, 0, AccessRegions.None, bytes), access);
        }
    }

    /// <summary>What a helper may write to besides memory in its arguments. Those of which nothing is known here may write to the packet and to map values.</summary>
    static AccessRegions WritesElsewhere(HelperRow row) => row.Effect switch
    {
        _ when row.Arguments.Length == 0 => AccessRegions.None,
        HelperEffect.ReadsMap or HelperEffect.ReadsMapOfCpu or HelperEffect.SetsRedirect or HelperEffect.OutputsEvent or HelperEffect.OutputsText
            or HelperEffect.FollowsPointers => AccessRegions.None,
        HelperEffect.WritesMap or HelperEffect.Pushes or HelperEffect.Pops or HelperEffect.Peeks or HelperEffect.Locks => AccessRegions.MapValue,
        _ => AccessRegions.Packet | AccessRegions.MapValue,
    };
}
