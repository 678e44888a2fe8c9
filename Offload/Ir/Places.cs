using Chainring.Offload.Verify;

namespace Chainring.Offload.Ir;

/// <summary>Where an address leads: something, and so many bytes from it.</summary>
static class Places
{
    /// <summary>The part of a number that is not a constant, and the constant that is added to it.</summary>
    public static (Node Root, ulong Offset) Of(Node node)
    {
        node = node.Now;
        if (node.Op is Op.Stack or Op.Storage && node.Number != 0) return (node, 0);
        return node.Op == Op.Add && node.Inputs[1].Now is { IsConst: true } constant ? (node.Inputs[0].Now, constant.Number) : (node, 0);
    }

    /// <summary>What an address surely points into, from where it comes; all of it if that is not known.</summary>
    public static AccessRegions RegionsOf(Node address, int depth = 8)
    {
        address = address.Now;
        if (depth == 0) return All;
        return address.Op switch
        {
            Op.Stack => AccessRegions.Stack,
            Op.Storage => AccessRegions.MapValue,
            Op.Field => address.Field == FrameField.DataMeta ? AccessRegions.Metadata | AccessRegions.Packet : AccessRegions.Packet | AccessRegions.Metadata,
            Op.ElementKey => AccessRegions.MapKey,
            Op.ElementValue => AccessRegions.MapValue,
            Op.Call when address.Row!.Result == Isa.HelperResult.MapValueOrNull => AccessRegions.MapValue,
            Op.Add => RegionsOf(address.Inputs[0], depth - 1),
            Op.Select => RegionsOf(address.Inputs[1], depth - 1) | RegionsOf(address.Inputs[2], depth - 1),
            Op.Const => AccessRegions.None,
            _ => All,
        };
    }

    /// <summary>What an access may reach that reaches what two others do; none if that is not known of one.</summary>
    public static AccessRegions Either(AccessRegions one, AccessRegions other) => one == AccessRegions.None || other == AccessRegions.None ? AccessRegions.None : one | other;

    public const AccessRegions All = AccessRegions.Stack | AccessRegions.CallerStack | AccessRegions.Context | AccessRegions.Packet | AccessRegions.Metadata | AccessRegions.MapValue
        | AccessRegions.MapKey | AccessRegions.Memory | AccessRegions.Socket;
}
