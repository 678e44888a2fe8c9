using System.Text.Json;
using Chainring.Kernels.Maps;
using Chainring.Nic;
using Chainring.Offload;

namespace Chainring.Host.Driver.Control;

/// <summary>The commands for maps, as bpftool has them.</summary>
sealed class MapControl(LiveSession session)
{
    public static PortView View(Port port) => new(port.Name, port.Ifindex, port.RxFrames);

    /// <summary>The port that objects of the card are listed with, as tools list a program for several ports with its first.</summary>
    public static PortView FirstPort(LiveSession session) => View(session.Ports[0]);

    public IReadOnlyList<MapView> List() => session.With(chain => chain.Maps.OrderBy(m => m.Map.Id).Select(m => MapView.Of(m, FirstPort(session))).ToArray());

    public Result<JsonElement> Dump(ControlRequest request) => On(request, found =>
        ControlCommands.Element(new MapDumpView(MapView.Of(found, FirstPort(session)), [.. found.Map.Entries().Select(e => MapElementView.Of(found.Map, e))])));

    public Result<JsonElement> Lookup(ControlRequest request) => On(request, found =>
    {
        var map = found.Map;
        if (!Bytes(request.Key, "key", map.Spec.KeySize).Try(out var key, out var problem)) return problem;
        var value = new byte[MapCommands.ValueBytes(map)];
        int errno = MapCommands.Lookup(map, key, value);
        if (errno is not 0 and not -Kernels.Errno.NoEntry) return ControlError.MapRefuses("lookup", errno);
        int stride = map.Spec.ValueSize == 0 ? 1 : value.Length == map.Spec.ValueSize ? value.Length : map.Stride;
        string[] values = errno != 0 ? [] : [.. value.Chunk(stride).Select(v => Convert.ToHexStringLower(v, 0, map.Spec.ValueSize))];
        return ControlCommands.Element(new MapLookupView(MapView.Of(found, FirstPort(session)), new(Convert.ToHexStringLower(key), values)));
    });

    public Result<JsonElement> Update(ControlRequest request) => On(request, found =>
    {
        var map = found.Map;
        if (RefuseFilled(map) is { } filled) return filled;
        if (!Bytes(request.Key, "key", map.Spec.KeySize).Try(out var key, out var problem)) return problem;
        if (!Bytes(request.Value, "value", map.Spec.ValueSize).Try(out var value, out problem)) return problem;
        ulong? flags = request.Flags switch { null or "any" => UpdateFlags.Any, "exist" => UpdateFlags.Exist, "noexist" => UpdateFlags.NoExist, _ => null };
        if (flags is null) return ControlError.BadFlags(request.Flags!);
        return Done("update", MapCommands.Update(map, key, value, flags.Value));
    });

    public Result<JsonElement> Delete(ControlRequest request) => On(request, found =>
    {
        if (RefuseFilled(found.Map) is { } filled) return filled;
        return Bytes(request.Key, "key", found.Map.Spec.KeySize).Try(out var key, out var problem) ? Done("delete", MapCommands.Delete(found.Map, key)) : problem;
    });

    static Result<JsonElement> Done(string what, int errno) => errno == 0 ? ControlCommands.Element<object?>(null) : ControlError.MapRefuses(what, errno);

    /// <summary>What is in these places is held by the chain, and given back with it.</summary>
    static ControlRefusal? RefuseFilled(Map map) => map is ProgramArrayMap or IMapOfMaps ? ControlError.ChainFills(map.Spec.Name, map.Spec.TypeName) : null;

    static Result<byte[]> Bytes(string? given, string what, int expected)
    {
        if (ControlCommands.Need(given, what, out string hex) is { } missing) return missing;
        var bytes = new byte[hex.Length / 2];
        if (Convert.FromHexString(hex, bytes, out _, out _) != System.Buffers.OperationStatus.Done) return ControlError.NotHex(what);
        return bytes.Length == expected ? bytes : ControlError.WrongLength(what, expected, bytes.Length);
    }

    Result<JsonElement> On(ControlRequest request, Func<InstalledMap, Result<JsonElement>> carry) => session.With<Result<JsonElement>>(chain =>
    {
        if (request.Id is null && request.Name is null) return ControlError.Missing("id' or 'name");
        bool IsMeant(InstalledMap m) => request.Id is { } id ? m.Map.Id == id : m.Map.Spec.Name == request.Name || $"{m.Member}.{m.Map.Spec.Name}" == request.Name;
        return chain.Maps.Where(IsMeant).ToArray() switch
        {
            [var found] => carry(found),
            [] => ControlError.NoSuchMap(request.Id is { } id ? $"with id {id}" : $"'{request.Name}'"),
            var several => ControlError.WhichMap(request.Name!, several.Select(m => $"id {m.Map.Id}, {m.Member}.{m.Map.Spec.Name}")),
        };
    });
}
