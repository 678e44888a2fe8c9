using Chainring.Kernels.Maps;
using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Kernels;

/// <summary>Why a backend or the card will not take something that loaded well. Every such text is in this file.</summary>
public sealed record Refusal(string Id, string Name, string Sentence) : Problem(Id, Name, Sentence)
{
    // ── Maps ───────────────────────────────────────────────────────────────────────────────────────────────────────────
    public static Refusal MapType(MapSpec map, IEnumerable<MapType> supported) =>
        new("R01", "map-type", $"map {map.Name} is a {map.TypeName}; the card has {string.Join(", ", supported.Select(MapSpec.NameOf))}");

    public static Refusal MapShape(MapSpec map, string why) =>
        new("R02", "map-shape", $"map {map.Name} ({map.TypeName}) cannot be created: {why}");

    public static Refusal PinnedMapDiffers(MapSpec map, MapSpec other) =>
        new("R03", "pinned-map-differs",
            $"map {map.Name} is pinned by name but declared differently: {Shape(map)} here, {Shape(other)} there");

    static string Shape(MapSpec map) => $"{map.TypeName} key {map.KeySize}B value {map.ValueSize}B max_entries {map.MaxEntries}";

    // ── Programs ───────────────────────────────────────────────────────────────────────────────────────────────────────
    public static Refusal NoHelper(string program, int slot, string helper, long id) =>
        new("R10", "no-such-helper", $"{program}: instruction {slot} calls {helper} (id {id}), which the card does not have");

    public static Refusal KernelFunction(string program, int slot) =>
        new("R11", "kernel-function", $"{program}: instruction {slot} calls a kernel function, and the card has none");

    public static Refusal FunctionPointer(string program, int slot) =>
        new("R12", "function-pointer", $"{program}: instruction {slot} takes the address of a function, and no helper of the card calls back");

    public static Refusal NotXdp(string program, string section, string prefix) =>
        new("R13", "not-xdp", $"{program}: section {section} belongs to another program type ({prefix})");
}
