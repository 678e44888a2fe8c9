using Chainring.Host.Driver.Peers;
using Chainring.Offload.Isa;
using Chainring.Offload.Verify;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Offload.Verify;

/// <summary>
/// Random computations with numbers that nobody knows: behind each instruction, and on both ways of each branch, no less is known here
/// than Linux knows, starting from what it knew before.
/// </summary>
public sealed class BoundsAgreementTests
{
    const int Programs = 1_000, Longest = 8;

    static readonly string[] Comparisons = ["==", "!=", "&", ">", ">=", "<", "<=", "s>", "s>=", "s<", "s<="];
    static readonly string[] Operations = ["+=", "-=", "*=", "&=", "|=", "^=", "/=", "%="];
    static readonly string[] Shifts = ["<<=", ">>=", "s>>="];

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [Test, Category(Fuzz.Category)]
    public void Linux_knows_no_more()
    {
        int compared = 0;
        foreach (ulong seed in Fuzz.Seeds("bounds", Programs)) compared += Compare(seed);
        if (Fuzz.IsUsual) Assert.That(compared, Is.GreaterThan(4 * Programs));
    }

    /// <returns>How many states were compared.</returns>
    static int Compare(ulong seed)
    {
        var random = new Random((int)(seed ^ seed >> 32));
        var code = NumberProgram.Of(string.Join("; ", Enumerable.Range(0, random.Next(2, Longest)).Select(_ => Line(random))));
        var log = new StateLog(Bpf.StateLog(Encoding.Encode(code)) ?? throw new InvalidOperationException($"seed {seed} is refused"));
        if (log.IsAtOddsWithItself || log.GoesTwoWays) return 0;

        int compared = 0, end = Array.FindIndex(code, i => i.Kind == InstructionKind.Exit);
        var known = new Bounds[Instruction.Registers];
        foreach (int register in NumberProgram.Registers) known[register] = Bounds.Unknown;
        for (int slot = NumberProgram.First; slot < end && log.Visits(slot); slot++)
        {
            var (i, before) = (code[slot], known);
            if (i.Kind == InstructionKind.Alu)
            {
                var result = Semantics.Alu<Bounds, Truth>(i.Alu, i.Is64, before[i.Dst], NumberProgram.Operand(i, before));
                compared += Compare(log.Behind(slot, i.Dst), result, $"seed {seed}, slot {slot}");
            }
            else
            {
                compared += CompareWays(log, slot, i, before, slot + 1 + i.Displacement, $"seed {seed}, slot {slot}");
            }
            known = [.. before.Select((bounds, register) => log.Behind(slot, register) ?? bounds)];
        }
        return compared;
    }

    static int CompareWays(StateLog log, int slot, in Instruction i, Bounds[] before, int target, string where)
    {
        var truth = Semantics.Compare<Bounds, Truth>(i.Compare, i.Is64, before[i.Dst], NumberProgram.Operand(i, before));
        bool isTaken = log.Jumps(slot, target), isPassed = log.Visits(slot + 1);
        if (!isPassed || !isTaken)
        {
            Assert.That(truth, Is.EqualTo(isPassed ? Truth.Never : Truth.Always), where);
            return 1;
        }
        return CompareWay(taken: true, i, r => log.After(slot, target, r)) + CompareWay(taken: false, i, r => log.Behind(slot, r));

        int CompareWay(bool taken, in Instruction i, Func<int, Bounds?> kernel)
        {
            var (a, b) = (before[i.Dst], NumberProgram.Operand(i, before));
            // Linux goes on where it sees no way.
            if (!Bounds.TryRefine(i.Compare, i.Is64, taken, ref a, ref b)) return 0;
            int compared = Compare(kernel(i.Dst), a, $"{where}, taken: {taken}");
            return i.FromRegister ? compared + Compare(kernel(i.Src), b, $"{where}, taken: {taken}, other side") : compared;
        }
    }

    static int Compare(Bounds? kernel, Bounds here, string where)
    {
        if (kernel is not { } known) return 0;
        Assert.That(known.Contains(here), Is.True, $"{where}: Linux knows {known}, here it is {here}");
        return 1;
    }

    static string Line(Random random)
    {
        bool is64 = random.Next(2) == 0;
        int register = NumberProgram.Registers[random.Next(2)];
        string a = $"{(is64 ? "r" : "w")}{register}", other = $"{(is64 ? "r" : "w")}{13 - register}";
        string operand = random.Next(3) == 0 ? other : $"{Constant(random)}";
        return random.Next(18) switch
        {
            < 8 => $"if {a} {Of(Comparisons)} {operand} goto out",
            < 12 => $"{a} {Of(Operations)} {(operand == "0" ? "1" : operand)}",
            12 => $"{a} &= {random.Next(1 << random.Next(1, 30))}",
            13 => $"{a} {Of(Shifts)} {(random.Next(2) == 0 ? is64 ? 32 : 16 : random.Next(is64 ? 64 : 32))}",
            14 => $"{a} = -{a}",
            15 => $"{a} = (s{8 << random.Next(2)}){a}",
            16 => $"r{register} = (s32)r{register}",
            _ => $"r{register} = be{16 << random.Next(3)} r{register}",
        };

        string Of(string[] signs) => signs[random.Next(signs.Length)];
    }

    static int Constant(Random random) => random.Next(5) switch
    {
        0 => random.Next(-5, 300),
        1 => 1 << random.Next(32),
        2 => (1 << random.Next(32)) - 1,
        3 => -(1 << random.Next(31)),
        _ => random.Next() * (random.Next(2) * 2 - 1),
    };
}
