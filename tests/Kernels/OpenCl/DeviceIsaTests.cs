using Chainring.Host.Driver;
using Chainring.Kernels;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;
using Chainring.Tests.Kernels.Il;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.OpenCl;

/// <summary>The cases of the instruction set's data files that are safe on a device, many in one program: the interface says which of them a frame is for.</summary>
public sealed class DeviceIsaTests
{
    const int PerProgram = Side.Capacity, SampledOneIn = 8;

    static readonly MapSpec Results = ScalarProgram.Result with { ValueSize = 8 * PerProgram, InitialValue = new byte[8 * PerProgram] };

    static IEnumerable<TestCaseData> Cases => IsaCase.All.Where(IsSafe).Chunk(PerProgram)
        .Where((_, n) => OpenClDevice.All || n % SampledOneIn == 0)
        .Select((cases, n) => new TestCaseData(cases, n).SetArgDisplayNames($"{cases[0].File}, {cases[0].Name} to {cases[^1].File}, {cases[^1].Name}"));

    [TestCaseSource(nameof(Cases))]
    public void A_device_agrees_with_the_data_files(IsaCase[] cases, int number)
    {
        OpenClDevice.Need();
        var program = Program(cases);
        Way[] ways = [Way.Interpreted, .. OpenClDevice.Shapes(number)];
        var rigs = ways.Select(way => new KernelRig(way, [program], [Results])).ToList();
        var sides = rigs.Zip(ways, (rig, way) => Side.Of(rig, way, Frame.MaxLength)).ToList();
        foreach (var side in sides) side.Run([.. cases.Select((one, n) => new Arrival(ScalarProgram.FrameOf(one.Memory), (uint)n))], 0);
        Assert.Multiple(() =>
        {
            for (int n = 0; n < cases.Length; n++)
            {
                foreach (var rig in rigs) Assert.That(BitConverter.ToUInt64(rig.Map(Results.Name).Storage, 8 * n), Is.EqualTo(cases[n].Result), cases[n].ToString());
            }
            foreach (var side in sides.Skip(1)) Assert.That(side.DifferenceFrom(sides[0]), Is.Null);
        });
    }

    static bool IsSafe(IsaCase one) => Verifier.Verify(ScalarProgram.Wrap(one.Body, one.Memory.Length), _ => Facts(ScalarProgram.Result)).Problem is null;

    static MapFacts Facts(MapSpec spec) => new(spec, default(ReadOnlyMemory<byte>));

    /// <summary>Each case has its number compared, its memory's length proven and its body called; the bodies follow.</summary>
    static ProgramSpec Program(IsaCase[] cases)
    {
        var code = new List<Instruction>(Assembler.Assemble("r6 = *(u32 *)(r1 + 12)\nr7 = *(u32 *)(r1 + 4)\nr1 = *(u32 *)(r1 + 0)"));
        var calls = new List<int>();
        var references = new List<MapReference>();
        for (int n = 0; n < cases.Length; n++)
        {
            var part = Assembler.Assemble($"""
                if r6 != {n} goto skip
                r3 = r1
                r3 += {cases[n].Memory.Length}
                if r3 > r7 goto short
                r2 = {cases[n].Memory.Length}
                call here
                here:
                r1 = map_val(map_by_fd(0)) + {8 * n}
                *(u64 *)(r1 + 0) = r0
                r0 = 2
                exit
                short:
                r0 = 0
                exit
                skip:
                """);
            calls.Add(code.Count + Array.FindIndex(part, i => i.IsLocalCall));
            references.Add(new(code.Count + Array.FindIndex(part, i => i.Kind == InstructionKind.LoadConstant), Results.Name, true, 8 * n));
            code.AddRange(part);
        }
        code.AddRange(Assembler.Assemble("r0 = 1\nexit"));
        for (int n = 0; n < cases.Length; n++)
        {
            code[calls[n]] = code[calls[n]] with { Immediate = code.Count - calls[n] - 1 };
            code.AddRange(cases[n].Body);
        }
        var starts = Enumerable.Range(0, code.Count).Where(slot => code[slot].IsLocalCall).Select(slot => slot + 1 + code[slot].Displacement).Distinct().Order();
        return new()
        {
            Name = "cases",
            Section = "xdp",
            Code = [.. code],
            Functions = [new("cases", 0), .. starts.Select(start => new FunctionSpec($"subprogram_{start}", start))],
            MapReferences = references,
        };
    }
}
