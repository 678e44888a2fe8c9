using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Il;

/// <summary>Every case of the instruction set's data files, twice in a row: what the second finds, the first has left.</summary>
public sealed class IsaEqualityTests
{
    const int SmallPiece = 5;

    static IEnumerable<TestCaseData> Cases => IsaCase.All.GroupBy(c => c.File).Select(file => new TestCaseData((object)file.ToArray()).SetArgDisplayNames(file.Key));

    [TestCaseSource(nameof(Cases))]
    public void A_chain_of_an_instruction_does_the_same_however_it_is_run(IsaCase[] cases)
    {
        // By themselves all cases run on every backend elsewhere.
        Way[][] ways = [Way.Beside(Way.InLanes(), Way.Fused), Way.Beside(Way.InLanes(nodes: SmallPiece), Way.InPieces(SmallPiece))];
        Assert.Multiple(() =>
        {
            foreach (var (number, one) in cases.Index())
            {
                var program = ScalarProgram.Wrap(one.Body, one.Memory.Length);
                int[] onPass = [Chain.End, Chain.End, 1, Chain.End, Chain.End, Chain.End];
                var sides = ways[number % ways.Length].Select(way => Side.Of(new KernelRig(way, [program], [ScalarProgram.Result],
                    link: loaded => new() { Stages = [new() { Program = loaded[0], Next = onPass }, new() { Program = loaded[0] }] }), way, Frame.MaxLength)).ToList();
                foreach (var side in sides) side.Run([new(ScalarProgram.FrameOf(one.Memory)), new(ScalarProgram.FrameOf(one.Memory))], 0);
                foreach (var side in sides.Skip(1)) Assert.That(side.DifferenceFrom(sides[0]), Is.Null, one.Name);
            }
        });
    }
}
