using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Emulated;

// BPF_MAP_CREATE. The kernel judges the type's own rules first, then whose map it will be.
public sealed partial class EmulatedProcess
{
    int CreateMap(Fields attr)
    {
        int ifindex = attr.I32(44);
        uint keyType = attr.U32(52), valueType = attr.U32(56);
        if (attr.U32(60) != 0) return -Errno.Invalid;
        if ((keyType != 0 || valueType != 0) && valueType == 0) return -Errno.Invalid;
        uint flags = attr.U32(16);
        if (!Access(flags & (ReadOnlyDescriptor | WriteOnlyDescriptor), out bool canRead, out bool canWrite)) return -Errno.Invalid;

        // The host has one node of memory.
        if (((MapFlags)flags & MapFlags.NumaNode) != 0 && attr.U32(24) != 0) return -Errno.Invalid;
        int type = attr.I32(0);
        // These have no use for it.
        if ((MapType)type is MapType.RingBuffer or MapType.CpuMap && !(canRead && canWrite)) return -Errno.Invalid;
        var spec = new MapSpec
        {
            Name = "",
            Type = (MapType)type,
            KeySize = attr.I32(4),
            ValueSize = attr.I32(8),
            MaxEntries = attr.I32(12),
            Flags = (MapFlags)(flags & ~(ReadOnlyDescriptor | WriteOnlyDescriptor)),
            Extra = attr.U64(64),
        };
        bool isChain = type == ChainUapi.MapType;
        if (isChain && !IsChainTable(spec)) return -Errno.Invalid;
        if (!isChain && Shape(spec) is var misshapen and not 0) return misshapen;
        if (!isChain && Complete(ref spec, attr.I32(20)) is var incomplete and not 0) return incomplete;
        if (!MayUseBpf) return -Errno.NotPermitted;
        if (ifindex != 0 && !MayAdministerSystem) return -Errno.NotPermitted;

        if (!isChain && MapKinds.BytesOf(spec, Host.Options.Cpus) > Host.Options.MapBytes) return -Errno.NoMemory;

        if (Name(attr, 28) is not { } name) return -Errno.Invalid;
        spec = spec with { Name = name };
        BpfTypes? types = null;
        if (valueType != 0 && !Get<BpfTypes>(attr.I32(48)).Try(out types, out int errno)) return -errno;
        if (types is not null && Typed(ref spec, types, keyType, valueType) is var mistyped and not 0) return mistyped;
        var declaration = new MapDeclaration(spec, types, keyType, valueType);
        int result = ifindex == 0 ? CreateOnHost(declaration, isChain, out var map) : CreateOnCard(ifindex, declaration, isChain, out map);
        return result != 0 ? result : Put(map!, canRead, canWrite);
    }

    static readonly MapSpec AnyMap = new() { Name = "", Type = MapType.Array, KeySize = sizeof(uint), ValueSize = 1, MaxEntries = 1 };

    static bool IsChainTable(MapSpec spec) =>
        spec is { KeySize: sizeof(uint), ValueSize: Nic.ChainEntry.Bytes or Nic.ChainEntry.BytesWithAborted, MaxEntries: > 0, Flags: MapFlags.None, Extra: 0 };

    /// <summary>What a map of maps holds is like another map.</summary>
    int Complete(ref MapSpec spec, int inner)
    {
        if (spec is { Type: MapType.ArrayOfMaps or MapType.HashOfMaps })
        {
            if (!Get<BpfMap>(inner).Try(out var template, out int errno)) return -errno;
            if (template.OfPrograms is null || template.IsOffloaded || template.OfPrograms is IMapOfMaps) return -Errno.Invalid;
            if (!InnerMaps.Admits(template.Spec.Type)) return -Errno.NotSupported;
            spec = spec with { Inner = template.Spec };
        }
        return 0;
    }

    /// <summary>The type's own rules, whatever a map of maps will hold. A map that would be right, but too large, is too big.</summary>
    int Shape(MapSpec spec)
    {
        const int largestElement = 4 << 20;
        // The number of processors is what libbpf makes of it.
        if (spec is { Type: MapType.PerfEventArray, MaxEntries: 0 }) return -Errno.Invalid;
        bool holdsMaps = spec.Type is MapType.ArrayOfMaps or MapType.HashOfMaps;
        if (MapKinds.Refuse(holdsMaps ? spec with { Inner = AnyMap } : spec, Host.Options.Cpus) is not { } broken) return 0;
        if (spec.Type is MapType.LruHash or MapType.LruPerCpuHash && spec is { Flags: MapFlags.NoPreallocation, Extra: 0 }) return -Errno.NotSupported;
        bool isTooLarge = spec is { Type: MapType.Hash or MapType.LruHash, KeySize: > 0, ValueSize: > 0 } && (long)spec.KeySize + spec.ValueSize >= largestElement - 512;
        return isTooLarge ? -Errno.TooBig : -Answer.Of(broken).Errno;
    }

    int CreateOnHost(MapDeclaration declaration, bool isChain, out BpfMap? map)
    {
        map = null;
        if (isChain)
        {
            if (!Host.Engine.CreateTable(declaration.Spec.MaxEntries).Try(out var table, out var problem)) return -Answer.Of(problem).Errno;
            map = new ChainMap(Host, card: null, home: null, Host.Engine, table, Host.MapIds.Take(), declaration);
            return 0;
        }
        if (!Host.Engine.CreateMap(declaration.Spec).Try(out var made, out var refused)) return -Answer.Of(refused).Errno;
        map = new HostMap(Host, Host.Engine, made, declaration);
        return 0;
    }

    int CreateOnCard(int ifindex, MapDeclaration declaration, bool isChain, out BpfMap? map)
    {
        map = null;
        var spec = declaration.Spec;
        var device = Host.Find(Namespace, ifindex);
        // Linux has arrays and hashes there; a card that has more is known by its device file.
        bool isKnown = spec.Type is MapType.Array or MapType.Hash || device?.Card is { } any && (isChain ? any.Driver.HasChains : any.Driver.Admits(spec.Type) && any.Capabilities.MapKinds is null);
        if (!isKnown) return -Errno.Invalid;
        if (device is null) return -Errno.Invalid;
        if (!device.Driver.HasXdp) return -Errno.OperationNotSupported;
        if (device.Card is not { } card) return -Errno.Invalid;
        if (!device.Switches.MapAccept) return -Errno.OperationNotSupported;
        if (isChain)
        {
            if (!device.OnCard!.CreateTable(spec.MaxEntries).Try(out var table, out var problem)) return -Answer.Of(problem).Errno;
            map = new ChainMap(Host, card, device, device.OnCard!, table, Host.MapIds.Take(), declaration);
            card.Add(map);
            return 0;
        }
        if (card.Capabilities.Refusals(spec, [.. card.Maps.Where(m => m is CardMap).Select(m => m.Spec)]) is [var refusal, ..]) return -RefusalErrno.Of(refusal);
        // After the driver has made room: so libbpf tries again without. A card without a list of kinds has locks in values, too.
        if (declaration.Types is not null && card.Capabilities.MapKinds is not null) return -Errno.NotSupported;
        var sized = card.Driver.SlotsOfMaps is { } slots ? spec with { MaxEntries = slots } : spec;
        if (!device.OnCard!.CreateMap(sized).Try(out var made, out var refused)) return -Answer.Of(refused).Errno;
        map = new CardMap(Host, card, device, made, declaration);
        card.Add(map);
        return 0;
    }
}
