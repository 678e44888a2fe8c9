using Chainring.Offload.Ir;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.OpenCl;

/// <summary>What cannot be done on a device, in words that go on after a program's name.</summary>
static class DeviceLimits
{
    /// <summary>Bytes of a value that a program can have copied into a map.</summary>
    const int MostCopied = 4096;

    /// <summary>Why a graph cannot run on a device; null if it can.</summary>
    public static string? Of(Graph graph)
    {
        var maps = new HashSet<IrMap>();
        var blocks = graph.Blocks();
        MapSpec[] inner = [.. blocks.SelectMany(Provenance.AllOf).Select(n => n.Map?.Spec.Inner).OfType<MapSpec>().Distinct()];
        foreach (var block in blocks)
        {
            foreach (var node in block.Nodes)
            {
                if (Of(node, inner) is { } why) return why;
                int first = node.Op is Op.Call or Op.TailCall or Op.BeginWalk && node.Inputs.Length > 0 && node.Inputs[0].Now.Op == Op.Map ? 1 : 0;
                if (Array.Exists(node.Inputs[first..], i => i.Now.Op == Op.Map)) return "chooses between maps";
            }
            if (block.Edges.Any(e => Array.Exists(e.Arguments, a => a.Now.Op == Op.Map))) return "chooses between maps";
            foreach (var node in Provenance.AllOf(block))
            {
                if (node.Map is { } map) maps.Add(map);
            }
        }
        return maps.Count > Provenance.MostMaps ? $"names {maps.Count} maps" : null;
    }

    /// <summary>Whether a program that calls it may be on a device.</summary>
    public static bool Takes(HelperRow row) => row.OnDevice != HelperOnDevice.Refused;

    /// <summary>What programs on a device may do with a map of a type, in words.</summary>
    public static string Takes(MapType type) => type switch
    {
        MapType.LpmTrie => "lookups",
        MapType.DevMap or MapType.DevMapHash or MapType.XskMap => "lookups, redirects",
        MapType.CpuMap => "redirects",
        MapType.ArrayOfMaps or MapType.HashOfMaps => "lookups",
        MapType.ProgramArray => "tail calls by a constant",
        _ => HasValues(type) ? "yes" : "refused",
    };

    /// <param name="inner">What maps in maps of maps are like.</param>
    static string? Of(Node node, MapSpec[] inner) => node.Op switch
    {
        Op.TailCall when node.Inputs[0].Now.Op != Op.Map || !node.Inputs[1].Now.IsConst => "makes tail calls to where a number leads",
        Op.BeginWalk when node.Inputs[0].Now is not { Op: Op.Map, Map.Spec: { } walked } || !HasValues(walked.Type) || walked.Type == MapType.LpmTrie => "walks through a map of a map",
        Op.Call when node.Row!.OnDevice == HelperOnDevice.Alone => null,
        Op.Call => OfCall(node, node.Row!, inner),
        _ => null,
    };

    static string? OfCall(Node call, HelperRow row, MapSpec[] inner)
    {
        if (row.OnDevice != HelperOnDevice.WithMap) return $"calls {row.Name}";
        return call.Inputs[0].Now is { Op: Op.Map, Map.Spec: { } map } ? OfCall(row, map) : inner.Select(i => OfCall(row, i)).FirstOrDefault(why => why is not null);
    }

    static string? OfCall(HelperRow row, MapSpec map)
    {
        bool known = row.Effect switch
        {
            HelperEffect.ReadsMap when map.Inner is not null => true,
            HelperEffect.ReadsMap or HelperEffect.ReadsMapOfCpu => HasValues(map.Type) || map.Type is MapType.DevMap or MapType.DevMapHash or MapType.XskMap,
            HelperEffect.SetsRedirect => map.Type is MapType.DevMap or MapType.DevMapHash or MapType.XskMap or MapType.CpuMap,
            _ => HasValues(map.Type) && map.Type != MapType.LpmTrie,
        };
        if (!known) return $"calls {row.Name} on map {map.Name} ({map.TypeName})";
        return map.ValueSize > MostCopied && Array.Exists(row.Arguments, a => a.Kind == ArgumentKind.MapValue) ? $"copies values of {map.ValueSize} bytes into map {map.Name}" : null;
    }

    static bool HasValues(MapType type) =>
        type is MapType.Array or MapType.PerCpuArray or MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash or MapType.LpmTrie;
}
