using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Il;

/// <summary>
/// A function that tail-calls the program it is part of: each time one more is entered, until there are too many, which takes as many rounds however it is run, whether the slot
/// was filled before the chain was compiled or after.
/// </summary>
public sealed class NestedTailCallTests
{
    static readonly MapSpec[] Maps =
    [
        new() { Name = "self", Type = MapType.ProgramArray, KeySize = 4, ValueSize = 4, MaxEntries = 1 },
        new() { Name = "rounds", Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1 },
    ];

    [Test]
    public void Ends_after_as_many_rounds([Values] bool isFilledBefore, [Values(0, 1, 3)] int functionsBetween)
    {
        string between = string.Concat(Enumerable.Range(1, functionsBetween).Select(n => $"f{n - 1}:\ncall f{n}\nexit\n"));
        var program = ProgramText.Program("nested", $"""
            r6 = r1
            r1 = value(rounds)
            r2 = 1
            lock *(u64 *)(r1 + 0) += r2
            r1 = r6
            call f0
            r0 = 2
            exit
            {between}f{functionsBetween}:
            r2 = map(self)
            r3 = 0
            call bpf_tail_call
            r0 = 1
            exit
            """);
        Way[] ways = [Way.Interpreted, Way.Fused, Way.StageByStage, Way.InPieces(5), Way.InLanes()];
        var sides = ways.Select(way =>
        {
            var rig = new KernelRig(way, [program], Maps, link: loaded =>
            {
                if (isFilledBefore) Fill(loaded[0]);
                return Chain.Of(loaded[0]);
            });
            if (!isFilledBefore) Fill(rig.Programs[0]);
            return Side.Of(rig, way, Frame.MaxLength);
        }).ToList();
        foreach (var side in sides)
        {
            side.Run([.. Enumerable.Repeat(new Arrival(new byte[60]), 9)], 0);
            Assert.That(side.DifferenceFrom(sides[0]), Is.Null);
        }
        Assert.That(sides[0].Has(AbortReason.CallDepth), Is.True);

        static void Fill(LoadedProgram program) => Assert.That(program.Maps.OfType<ProgramArrayMap>().Single().Set(new byte[4], program), Is.EqualTo(0));
    }
}
