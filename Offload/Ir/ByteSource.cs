using Chainring.Offload.Isa;

namespace Chainring.Offload.Ir;

/// <summary>Where a byte of a number comes from: byte <paramref name="Index"/> of another number, or, without one, that constant.</summary>
readonly record struct ByteSource(Node? Node, int Index)
{
    const int Bytes = sizeof(ulong), Depth = 16;

    public static readonly ByteSource Zero = new(null, 0);

    public bool IsLoaded => Node is { Op: Op.Load };

    /// <summary>Whether this byte of memory lies behind another one, as addresses go.</summary>
    public bool Follows(ByteSource other)
    {
        if (!IsLoaded || !other.IsLoaded) return Node is not null && Node == other.Node && Index == other.Index + 1;
        Piece here = Piece.Of(Node!, (int)Node!.Size), there = Piece.Of(other.Node!, (int)other.Node!.Size);
        return here.Root == there.Root && (here.Root is not null || (here.IsOnStack && there.IsOnStack)) && here.Offset + Index == there.Offset + other.Index + 1;
    }

    /// <summary>Of the eight bytes of a number, the lowest first.</summary>
    public static ByteSource[] Of(Node given, int depth = Depth)
    {
        var node = given.Now;
        ulong bits = Simplify.Bits(node);
        var own = new ByteSource[Bytes];
        for (int n = 0; n < Bytes; n++) own[n] = (bits >> (8 * n) & 0xff) == 0 ? Zero : node.IsConst ? new(null, (int)(node.Number >> (8 * n) & 0xff)) : new(node, n);
        if (depth == 0) return own;
        switch (node.Op)
        {
            // No bit of the one meets one of the other, so nothing carries.
            case Op.Or or Op.Xor or Op.Add when (Simplify.Bits(node.Inputs[0].Now) & Simplify.Bits(node.Inputs[1].Now)) == 0:
                ByteSource[] first = Of(node.Inputs[0], depth - 1), second = Of(node.Inputs[1], depth - 1);
                for (int n = 0; n < Bytes; n++)
                {
                    if (first[n] == Zero) own[n] = second[n];
                    else if (second[n] == Zero) own[n] = first[n];
                }
                return own;
            case Op.And when node.Inputs[1].Now is { IsConst: true } mask:
                var left = Of(node.Inputs[0], depth - 1);
                for (int n = 0; n < Bytes; n++)
                {
                    if ((byte)(mask.Number >> (8 * n)) == 0xff) own[n] = left[n];
                }
                return own;
            case Op.Shl or Op.Shr when node.Inputs[1].Now is { IsConst: true, Number: < 64 } by && by.Number % 8 == 0:
                var moved = Of(node.Inputs[0], depth - 1);
                int places = (int)by.Number / 8 * (node.Op == Op.Shl ? -1 : 1);
                for (int n = 0; n < Bytes; n++) own[n] = n + places is >= 0 and < Bytes ? moved[n + places] : Zero;
                return own;
            default:
                return own;
        }
    }

    /// <summary>The load of so many bytes that are next to each other in memory; the regions are those of all of them.</summary>
    public static Node LoadOf(ReadOnlySpan<ByteSource> bytes)
    {
        var first = bytes[0];
        var regions = first.Node!.Regions;
        foreach (var other in bytes) regions = Places.Either(regions, other.Node!.Regions);
        return new(Op.Load, first.Node.Inputs[0].Now) { Number = first.Node.Number + (ulong)first.Index, Size = (AccessSize)bytes.Length, Regions = regions };
    }

    /// <summary>
    /// The last of the loads in a block that bytes come from, if they are next to each other in memory, come from several loads, and nothing is written there between the first
    /// load and the last: behind it they can be loaded at once. Null if not.
    /// </summary>
    public static Node? LastOfJoined(Block block, ReadOnlySpan<ByteSource> bytes)
    {
        if (bytes.Length is not (2 or 4 or 8) || !bytes[0].IsLoaded || bytes[^1].Node == bytes[0].Node) return null;
        int first = int.MaxValue, last = -1;
        for (int n = 0; n < bytes.Length; n++)
        {
            if (n > 0 && !bytes[n].Follows(bytes[n - 1])) return null;
            int at = block.Nodes.IndexOf(bytes[n].Node!);
            if (at < 0) return null;
            (first, last) = (Math.Min(first, at), Math.Max(last, at));
        }
        var whole = Piece.Of(LoadOf(bytes), bytes.Length);
        return block.Nodes[first..last].Exists(n => Effects.Writes(n).Any(w => w.Meets(whole)) || Effects.MovesFrame(n)) ? null : block.Nodes[last];
    }
}
