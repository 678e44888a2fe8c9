using Chainring.Host.Driver.Peers;
using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Maps;
using Chainring.Tests.Oracle;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>What programs put out is what the kernel puts out: answers, and what a reader finds.</summary>
public sealed class EventTests
{
    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    static MapSpec Ring => new() { Name = "ring", Type = MapType.RingBuffer, KeySize = 0, ValueSize = 0, MaxEntries = 4096 };

    static MapSpec Perf => new() { Name = "perf", Type = MapType.PerfEventArray, KeySize = 4, ValueSize = 4, MaxEntries = 3 };

    enum Act { Output, Reserve, Submit, Discard, Query }

    sealed record Step(Act Act, int Size, ulong Flags, int Held)
    {
        public override string ToString() => $"{Act} size {Size} flags 0x{Flags:x} held {Held}";
    }

    static readonly Gen<Step[]> Steps = Gen.Select(
        Gen.OneOf(Act.Output, Act.Reserve, Act.Reserve, Act.Submit, Act.Discard, Act.Query),
        Gen.Frequency((6, Gen.Int[1, 400]), (2, Gen.OneOf(1, 7, 8, 9, 64)), (1, Gen.OneOf(2000, 4087, 4088, 4089, 5000))),
        Gen.Frequency((6, Gen.Const(0UL)), (3, Gen.ULong[0, 3]), (1, Gen.OneOf(4UL, 1UL << 32))),
        Gen.Int[7, 9],
        (act, size, flags, held) => new Step(act, size, flags, held)).Array[1, 25];

    /// <summary>Three records at once at most, in r7 to r9; what is left is submitted at the end, as the verifier demands.</summary>
    [Test]
    public void Ring_buffers() => Steps.Sample(steps =>
    {
        var lines = new List<string> { "r7 = 0", "r8 = 0", "r9 = 0" };
        for (int n = 0; n < steps.Length; n++)
        {
            var step = steps[n];
            string held = $"r{step.Held}";
            lines.Add(step.Act switch
            {
                Act.Output => $"""
                    r1 = map(ring)
                    r2 = value(data)
                    r3 = {Math.Min(step.Size, 4096)}
                    r4 = 0x{step.Flags:x} ll
                    call 130
                    {BothSides.Keep(n)}
                    """,
                Act.Reserve => $"""
                    if {held} != 0 goto skip{n}
                    r1 = map(ring)
                    r2 = {step.Size}
                    r3 = {(step.Flags == 1 ? 1 : 0)}
                    call 131
                    {held} = r0
                    r0 = 0
                    if {held} == 0 goto keep{n}
                    *(u8 *)({held} + {step.Size - 1}) = {n}
                    {Fill(held, step.Size, n)}
                    r0 = 1
                    keep{n}:
                    {BothSides.Keep(n)}
                    skip{n}:
                    """,
                Act.Query => $"r1 = map(ring)\nr2 = {step.Flags & 7}\ncall 134\n{BothSides.Keep(n)}",
                var act => $"""
                    if {held} == 0 goto skip{n}
                    r1 = {held}
                    r2 = 0x{step.Flags:x} ll
                    call {(act == Act.Submit ? 132 : 133)}
                    {held} = 0
                    skip{n}:
                    """,
            });
        }
        for (int held = 7; held <= 9; held++) lines.Add($"if r{held} == 0 goto end{held}\nr1 = r{held}\nr2 = 0\ncall 132\nend{held}:");
        var data = new MapSpec { Name = "data", Type = MapType.Array, KeySize = 4, ValueSize = 4096, MaxEntries = 1, InitialValue = [.. Enumerable.Range(0, 4096).Select(n => (byte)(n * 7))] };
        BothSides.Compare(string.Join('\n', [.. lines, "r0 = 2", "exit"]), [Ring, data, BothSides.Results(steps.Length)]);
    }, iter: 80, threads: 1, print: steps => string.Join('\n', steps.AsEnumerable()));

    /// <summary>Every byte: what a reserved record held before is the kernel's own affair.</summary>
    static string Fill(string record, int size, int value) =>
        size > 400 ? "" : string.Join('\n', Enumerable.Range(0, size).Select(at => $"*(u8 *)({record} + {at}) = {(at + value) & 0xff}"));

    /// <summary>With the packet: of 64 bytes, or of 9,000, of which 3,520 are in the linear part and 7,616 in that and the first fragment.</summary>
    [Test]
    public void Perf_events([Values("xdp", "xdp.frags")] string section) => Gen.Select(
        Gen.Frequency((4, Gen.Const(0xffff_ffffUL)), (3, Gen.Const(0UL)), (1, Gen.ULong[0, 4])),
        Gen.Frequency((4, Gen.ULong[0, 64]), (1, Gen.OneOf(0UL, 65UL, 0xfffffUL, 0x100000UL, 0x80000000UL)),
            (section == "xdp" ? 0 : 8, Gen.OneOf(3519UL, 3520UL, 3521UL, 7616UL, 7617UL, 8999UL, 9000UL, 9001UL))),
        Gen.Int[0, 40]).Array[1, 8].Sample(calls =>
        {
            List<string> lines = ["r6 = r1", .. Enumerable.Range(0, 5).Select(n => $"r1 = 0x{0x0102030405060708UL * (ulong)(n + 1):x} ll\n*(u64 *)(r10 - {8 * (n + 1)}) = r1")];
            for (int n = 0; n < calls.Length; n++)
            {
                var (index, packet, size) = calls[n];
                lines.Add($"r1 = r6\nr2 = map(perf)\nr3 = 0x{index | packet << 32:x} ll\nr4 = r10\nr4 += -40\nr5 = {size}\ncall 25\n{BothSides.Keep(n)}");
            }
            // Of the CPUs that this machine does not have the kernel cannot say anything else than of those without a reader.
            BothSides.Compare(string.Join('\n', [.. lines, "r0 = 2", "exit"]), [Perf with { MaxEntries = 1 + CpuPin.Possible }, BothSides.Results(calls.Length)],
                frame: Ask.Frame(section == "xdp" ? 64 : 9000), section: section);
        }, iter: 100, threads: 1, print: calls => string.Join('\n', calls.Select(c => $"index 0x{c.Item1:x} packet {c.Item2} size {c.Item3}")));

    static readonly string[] Pieces =
    [
        "%d", "%i", "%u", "%x", "%X", "%ld", "%li", "%lu", "%lx", "%lX", "%lld", "%llu", "%llx", "%5d", "%-5d|", "%05d", "%+d", "% d", "%08llx", "%-12llu|", "%3u", "%+05ld", "%- 7i|",
        "%c", "%3c|", "%-3c|", "%%", "text ", "\n", "\t", "%s", "%9s|", "%-9s|", "%s.", "%pi4", "%pI4", "%pi6", "%pI6", "%px", "%20px", "%pks", "%9pks|",
        "%", "%q", "%hd", "%l", "%lq", "%sx", "%pQ", "%5", "%#x", "%.3d", "%lllu", "%p9", "\u0001", "%200d",
    ];

    static readonly Gen<(string Where, int Size)> Destinations = Gen.OneOf(Gen.OneOf(0, 1, 2, 7, 16, 64, 1024).Select(size => ("output", size)), Gen.Int[0, 16].Select(size => ("text", size)));

    /// <summary>bpf_snprintf writes what the kernel's does, also over the text that is its argument; bpf_trace_vprintk formats alike.</summary>
    [Test]
    public void Texts_are_formatted_as_the_kernel_formats_them() =>
        Gen.Select(Gen.OneOf(Pieces).Array[1, 4], Gen.OneOf(Gen.ULong, Gen.OneOf(0UL, 1UL, 65UL, ulong.MaxValue, 0x8000_0000UL, 0x7fff_ffff_ffff_ffffUL)).Array[4], Gen.Int[0, 4], Destinations).Sample((pieces, numbers, count, to) =>
        {
            // Behind an address that finds the memory full the kernel reads on from there, and for numbers from gaps that it has not filled.
            int address = Array.FindIndex(pieces, p => p.StartsWith("%pi", StringComparison.OrdinalIgnoreCase) || p.Contains("pks", StringComparison.Ordinal));
            if (address >= 0 && address < pieces.Length - 1 && to.Size < 1024) return;
            byte[] format = [.. System.Text.Encoding.Latin1.GetBytes(string.Concat(pieces)), 0];
            // Arguments that are pointers point to a string, the others are numbers.
            bool[] pointers = [.. Conversions(string.Concat(pieces)).Select(c => c is 's' or 'p'), false, false, false, false];
            var formatMap = new MapSpec { Name = "format", Type = MapType.Array, KeySize = 4, ValueSize = format.Length, MaxEntries = 1, Flags = MapFlags.ReadOnlyForPrograms, InitialValue = format };
            var textMap = new MapSpec { Name = "text", Type = MapType.Array, KeySize = 4, ValueSize = 16, MaxEntries = 1, InitialValue = [.. "ten bytes"u8, 0, 1, 2, 3, 4, 5, 6] };
            var output = new MapSpec { Name = "output", Type = MapType.Array, KeySize = 4, ValueSize = 1024, MaxEntries = 1 };
            var results = BothSides.Results(1);
            string arguments = string.Join('\n', Enumerable.Range(0, count).Select(n =>
                $"r1 = {(pointers[n] ? "value(text)" : $"0x{numbers[n]:x} ll")}\n*(u64 *)(r10 - {8 * (count - n)}) = r1"));
            string call = $"r4 = 0\nr5 = {8 * count}\n" + (count > 0 ? $"r4 = r10\nr4 += {-8 * count}\n" : "");
            var print = ProgramText.Program("snprintf", $"{arguments}\nr1 = value({to.Where})\nr2 = {to.Size}\nr3 = value(format)\n{call}call 165\n{BothSides.Keep(0)}\nr0 = 2\nexit");

            using var pin = new CpuPin(0);
            using KernelMap theirFormat = new(formatMap), theirText = new(textMap), theirOutput = new(output), theirResults = new(results);
            // What the verifier refuses can be asked only of a backend that runs unproven programs, and is refused there.
            long theirs;
            bool rejected = false;
            try
            {
                using var program = new KernelProgram(print, name => name switch { "format" => theirFormat, "text" => theirText, "output" => theirOutput, _ => theirResults });
                program.Run(BothSides.Frame);
                theirs = BitConverter.ToInt64(theirResults.Lookup(new byte[4])![0]);
            }
            catch (BpfException)
            {
                (theirs, rejected) = (-22, true);
            }
            foreach (var target in rejected ? Targets.Checking : Targets.All)
            {
                var trace = ProgramText.Program("vprintk", $"{arguments}\nr1 = value(format)\nr2 = {format.Length}\n{call.Replace("r4", "r3").Replace("r5", "r4")}call 177\n{BothSides.Keep(0)}\nr0 = 2\nexit");
                var (printed, _, rig) = Run(target, print);
                Assert.That(printed, Is.EqualTo(theirs));
                Assert.That(Convert.ToHexString(rig.Map("output").Storage), Is.EqualTo(Convert.ToHexString(theirOutput.Lookup(new byte[4])![0])));
                Assert.That(Convert.ToHexString(rig.Map("text").Storage), Is.EqualTo(Convert.ToHexString(theirText.Lookup(new byte[4])![0])));

                // A trace has room for 1024.
                if (theirs >= 0 && to is not { Where: "output", Size: 1024 }) continue;
                var (traced, text, _) = Run(target, trace);
                Assert.That(traced >= 0 ? traced + 1 : traced, Is.EqualTo(theirs));
                if (theirs < 0) continue;
                byte[] written = theirOutput.Lookup(new byte[4])![0][..(int)Math.Min(1023, theirs - 1)];
                Assert.That(Convert.ToHexString(text), Is.EqualTo(Convert.ToHexString(written)));
            }

            (long Answer, byte[] Text, KernelRig Rig) Run(IKernelTarget target, ProgramSpec program)
            {
                var rig = new KernelRig(target, [program], [formatMap, textMap, output, results]);
                var batch = new PacketBatch(1);
                batch.Add(BothSides.Frame);
                rig.Kernel.Run(batch);
                Assert.That(batch.Verdicts[0], Is.EqualTo(new Verdict(XdpAction.Pass)));
                byte[] text = [];
                foreach (var e in rig.Events) text = e.Data.ToArray();
                return (BitConverter.ToInt64(rig.Map("results").Entries()[0].Values[0]), text, rig);
            }
        }, iter: 300, threads: 1, print: sample => $"'{string.Concat(sample.Item1)}' to {sample.Item4} of {sample.Item3} arguments {string.Join(", ", sample.Item2.Select(n => $"0x{n:x}"))}");

    /// <summary>The letter of each conversion, as far as they can be told apart.</summary>
    static IEnumerable<char> Conversions(string format)
    {
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%') continue;
            at++;
            if (at < format.Length && format[at] == '%') continue;
            while (at < format.Length && (format[at] is '+' or '-' or ' ' or 'l' || char.IsAsciiDigit(format[at]))) at++;
            if (at >= format.Length) yield break;
            yield return format[at] == 'p' && at + 1 < format.Length && format[at + 1] == 'x' ? 'x' : format[at];
        }
    }

    [TestCase("%d %d\n", 7), TestCase("plain", 5), TestCase("%d %d %d %d", -22), TestCase("%q", -22)]
    public void Trace_printk_answers_as_the_kernel(string format, int answer)
    {
        byte[] bytes = [.. System.Text.Encoding.ASCII.GetBytes(format), 0];
        var map = new MapSpec { Name = "format", Type = MapType.Array, KeySize = 4, ValueSize = bytes.Length, MaxEntries = 1, InitialValue = bytes };
        var words = BothSides.Compare($"r1 = value(format)\nr2 = {bytes.Length}\nr3 = 123\nr4 = -2\nr5 = 9\ncall 6\n{BothSides.Keep(0)}\nr0 = 2\nexit", [map, BothSides.Results(1)]);
        Assert.That(words[0], Is.EqualTo(answer));
    }

    /// <summary>Looked up in a map of maps, then used as any map.</summary>
    [Test]
    public void Maps_of_maps([Values(MapType.ArrayOfMaps, MapType.HashOfMaps)] MapType type) =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 4], Gen.OneOf(1, 2, 3), Gen.Int[0, 99], Gen.OneOf(0UL, 1UL, 2UL, 5UL)).Array[1, 20].Sample(calls =>
        {
            var inner = new MapSpec { Name = "a", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 3 };
            var outer = new MapSpec { Name = "outer", Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 3, Inner = inner };
            var lines = new List<string>();
            for (int n = 0; n < calls.Length; n++)
            {
                var (slot, key, helper, value, flags) = calls[n];
                lines.Add($"""
                    r0 = -1
                    *(u32 *)(r10 - 4) = {slot}
                    r1 = map(outer)
                    r2 = r10
                    r2 += -4
                    call 1
                    if r0 == 0 goto skip{n}
                    *(u32 *)(r10 - 4) = {key}
                    *(u64 *)(r10 - 16) = {value}
                    r1 = r0
                    r2 = r10
                    r2 += -4
                    r3 = r10
                    r3 += -16
                    r4 = {flags}
                    call {helper}
                    {(helper == 1 ? $"if r0 == 0 goto skip{n}\nr0 = *(u64 *)(r0 + 0)" : "")}
                    skip{n}:
                    {BothSides.Keep(n)}
                    """);
            }
            BothSides.Compare(string.Join('\n', [.. lines, "r0 = 2", "exit"]), [inner, inner with { Name = "b" }, outer, BothSides.Results(calls.Length)],
                [("outer", BitConverter.GetBytes(0), "a"), ("outer", BitConverter.GetBytes(2), "b")]);
        }, iter: 50, threads: 1);

    [Test]
    public void The_value_of_another_cpu([Values(MapType.PerCpuArray, MapType.PerCpuHash, MapType.LruPerCpuHash)] MapType type)
    {
        var map = new MapSpec { Name = "map", Type = type, KeySize = 4, ValueSize = 8, MaxEntries = 4 };
        var lines = new List<string> { "*(u32 *)(r10 - 4) = 1\n*(u64 *)(r10 - 16) = 77\nr1 = map(map)\nr2 = r10\nr2 += -4\nr3 = r10\nr3 += -16\nr4 = 0\ncall 2" };
        uint[] cpus = [0, (uint)CpuPin.Possible - 1, (uint)CpuPin.Possible, uint.MaxValue];
        for (int n = 0; n < cpus.Length; n++)
            lines.Add($"r1 = map(map)\nr2 = r10\nr2 += -4\nr3 = 0x{cpus[n]:x} ll\ncall 195\nif r0 == 0 goto skip{n}\nr0 = *(u64 *)(r0 + 0)\nr0 += 1\nskip{n}:\n{BothSides.Keep(n)}");
        var words = BothSides.Compare(string.Join('\n', [.. lines, "r0 = 2", "exit"]), [map, BothSides.Results(cpus.Length)]);
        Assert.That(words, Is.EqualTo(new long[] { 78, CpuPin.Possible > 1 ? 1 : 78, 0, 0 }));
    }
}
