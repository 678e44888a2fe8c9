using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

/// <summary>What is known of a map that a program uses.</summary>
/// <param name="Constants">The values' bytes, if nobody can change them any more; else empty.</param>
public sealed record MapFacts(MapSpec Spec, ReadOnlyMemory<byte> Constants = default)
{
    /// <summary>Of a map of maps: the maps in it. Of each lookup's result it is the same one, since nothing tells them apart.</summary>
    public MapFacts? Inner { get; } = Spec.Inner is { } inner ? new(inner) : null;

    /// <summary>An interface in a device map is not for programs to change.</summary>
    public bool ProgramsMayWrite => !Spec.Flags.HasFlag(MapFlags.ReadOnlyForPrograms) && Spec.Type is not (MapType.DevMap or MapType.DevMapHash);

    public bool ProgramsMayRead => !Spec.Flags.HasFlag(MapFlags.WriteOnlyForPrograms);

    public bool IsMapOfMaps => Spec.Type is MapType.ArrayOfMaps or MapType.HashOfMaps;
}
