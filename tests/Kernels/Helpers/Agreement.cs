using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Spec;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using CsCheck;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>A program on one frame, on every backend and in the kernel: verdict, bytes, metadata and the answers in its map must be the same.</summary>
static class Agreement
{
    /// <summary>The map <c>results</c>, with room for that many answers of 8 bytes.</summary>
    public static MapSpec Results(int answers) =>
        new() { Name = "results", Type = MapType.Array, KeySize = 4, ValueSize = 8 * answers, MaxEntries = 1 };

    /// <summary>Lengths of frames that a program in that section can be given, many of them around the ends of the linear part and of fragments.</summary>
    public static Gen<int> Lengths(string section) => section == "xdp.frags"
        ? Gen.OneOf(Gen.Int[14, 80], Gen.Int[Frame.MaxLength - 20, Frame.MaxLength + 60], Gen.Int[7600, 7660], Gen.Int[14, Longest])
        : Gen.OneOf(Gen.Int[14, 80], Gen.Int[14, Frame.MaxLength]);

    const int Longest = PortConfig.MaxFrame;

    /// <param name="others">Further maps that the program names.</param>
    /// <param name="ingress">The interface that the frame comes from; one that exists if it is not 1.</param>
    /// <param name="configure">Makes the card's network as the kernel's is.</param>
    public static byte[] Compare(
        ProgramSpec program, MapSpec results, byte[] frame, IReadOnlyList<MapSpec>? others = null, uint ingress = 1, Action<SmartNic>? configure = null)
    {
        MapSpec[] maps = [results, .. others ?? []];
        using var theirMaps = new KernelMaps(maps);
        using var theirs = new KernelProgram(program, name => theirMaps[name]);
        var run = theirs.Run(frame, ingress: ingress == 1 ? 0 : ingress);
        var answers = theirMaps["results"].Lookup(new byte[4])![0];
        foreach (var target in Targets.All)
        {
            using var card = TestCard.Of(program, maps, target);
            configure?.Invoke(card.Card);
            var ours = card.Run(new ListWire([frame]), ingress: ingress)[0];
            if ((uint)ours.Verdict.Action != run.Code) throw new InvalidOperationException($"verdict {ours.Verdict}, kernel {run.Code}");
            Same("answers", card.Map("results").Entries()[0].Values[0], answers);
            Same("frame", ours.Bytes, run.Frame);
            Same("metadata", ours.Metadata, run.Metadata);
        }
        return answers;
    }

    static void Same(string what, byte[] ours, byte[] theirs)
    {
        if (!ours.AsSpan().SequenceEqual(theirs))
            throw new InvalidOperationException($"{what}: card {Convert.ToHexString(ours)}, kernel {Convert.ToHexString(theirs)}");
    }
}
