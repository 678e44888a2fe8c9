using Chainring.Tests.Host.Driver.Emulated;
using Chainring.Tests.Nic.Wire.Live;
using Chainring.Tests.Support;
using CsCheck;
using NUnit.Framework;
using static Chainring.Tests.Oracle.DriverPair;

namespace Chainring.Tests.Oracle;

/// <summary>The kernel's answers to requests about a veth and the loopback device, and ours: the same bytes, and the same programs attached after.</summary>
public sealed class DriverTests
{
    /// <summary>Numbers that a step is made of, and how many steps.</summary>
    const int Numbers = 12, Steps = 40, Sequences = 60;

    /// <summary>Of 20 ms each.</summary>
    const int Patience = 50;

    [OneTimeSetUp]
    public void NeedsTheKernel()
    {
        OracleAvailability.Require();
        NetworkNamespace.Require();
    }

    /// <summary>A row of the table of checks, as far as such devices come to it: what is done before, and the request.</summary>
    /// <param name="Before">Requests that both grant.</param>
    sealed record Row(string Name, int Device, int? Fd, uint? Flags, int? Expected = null, params (int Device, int Fd, uint Flags)[] Before)
    {
        public override string ToString() => Name;
    }

    static readonly Row[] Rows =
    [
        new("02 unknown flags", Port, Pass, 0x20),
        new("03 two modes", Port, Pass, 6),
        new("04 replace without what is expected", Port, Pass, 16),
        new("05a no such descriptor", Port, NotOpen, 0),
        new("05b a map", Port, Map, 0),
        new("05c a classifier", Port, Classifier, 0),
        new("06 no such descriptor is expected", Port, Pass, 16, NotOpen),
        new("06 a map is expected", Port, Pass, 16, Map),
        new("10 another is expected", Port, Pass, 16, Drop),
        new("10 nothing is expected", Port, Drop, 20, None, (Port, Pass, 4)),
        new("10 the right one is expected", Port, Drop, 20, Pass, (Port, Pass, 4)),
        new("11 only if there is none", Port, Drop, 5, null, (Port, Pass, 4)),
        new("11 only if there is none, the same", Port, Pass, 5, null, (Port, Pass, 4)),
        new("12 the same", Port, Pass, 4, null, (Port, Pass, 4)),
        new("12 removing from an empty slot", Port, None, 4),
        new("12 removing from an empty slot without a driver", Loopback, None, 4),
        new("13 native without a driver", Loopback, Pass, 4),
        new("13 on hardware without a driver", Loopback, Pass, 8),
        new("14 before 13: native without a driver beside generic", Loopback, Pass, 4, null, (Loopback, Drop, 2)),
        new("16 before 13: bound to another device, without a driver", Loopback, BoundToPort, 4),
        new("18 before 13: for a devmap, without a driver", Loopback, ForDevMap, 4),
        new("14 native beside generic", Port, Drop, 4, null, (Port, Pass, 2)),
        new("14 generic beside native", Port, Drop, 2, null, (Port, Pass, 4)),
        new("16 bound to another device", Peer, BoundToPort, 4),
        new("16 bound to this device", Port, BoundToPort, 4),
        new("17 bound, generic", Port, BoundToPort, 2),
        new("18 for a devmap", Port, ForDevMap, 4),
        new("19 for a cpumap", Port, ForCpuMap, 2),
        new("21 on hardware", Port, Pass, 8),
        new("no mode, no driver", Loopback, Pass, 0),
        new("no mode", Port, Pass, 0),
        new("no program", Port, null, 4),
        new("no flags", Port, Pass, null),
        new("no such device", Absent, Pass, 0),
        new("removal with flags of attaching", Port, None, 5, null, (Port, Pass, 4)),
        new("removal, another is expected", Port, None, 20, Drop, (Port, Pass, 4)),
        new("expected without replace", Port, Drop, 4, Drop, (Port, Pass, 4)),
    ];

    [TestCaseSource(nameof(Rows))]
    public void A_row_of_the_table_of_checks(object row)
    {
        var (_, device, fd, flags, expected, before) = (Row)row;
        foreach (ushort type in (ushort[])[16, 19])
        {
            using var pair = new DriverPair();
            Assert.That(pair.IsComplete);
            foreach (var (on, program, mode) in before)
            {
                var (kernel, ours) = pair.Ask(of => DriverRig.SetXdp(on, of(program), mode));
                Assert.That((kernel.Contains("00000000 header", StringComparison.Ordinal), ours), Is.EqualTo((true, kernel)), "before");
            }
            Compare(pair, of => DriverRig.SetXdp(device, fd is { } f ? of(f) : null, flags, expected is { } e ? of(e) : null, type: type, nested: type == 19));
        }
    }

    static void Compare(DriverPair pair, Func<Func<int, int>, byte[]> request)
    {
        var (kernel, ours) = pair.Ask(request);
        Assert.That(ours, Is.EqualTo(kernel));
        foreach (int device in (int[])[Loopback, Port, Peer])
        {
            var (reported, mine) = pair.Dumped(device);
            Assert.That(mine, Is.EqualTo(reported), $"interface {device}");
        }
    }

    /// <summary>Attributes as they come, and none.</summary>
    static readonly TestCaseData[] Nests =
    [
        new TestCaseData("0500 0200 01 000000").SetName("how it is attached"),
        new TestCaseData("0800 0400 01000000").SetName("a program's id"),
        new TestCaseData("0800 0500 01000000 0800 0600 01000000 0800 0700 01000000").SetName("ids by mode"),
        new TestCaseData("0600 0100 ffff 0000").SetName("a short descriptor"),
        new TestCaseData("0600 0300 0000 0000").SetName("short flags"),
        new TestCaseData("0c00 0100 ffffffff 00000000").SetName("a long descriptor"),
        new TestCaseData("0c00 0800 ffffffff 00000000").SetName("a long descriptor that is expected"),
        new TestCaseData("0800 0900 ffffffff").SetName("an unknown attribute"),
        new TestCaseData("").SetName("nothing"),
        new TestCaseData("0800 0100 ffffffff 0800 0100 00001000").SetName("the last of two counts"),
        new TestCaseData("0800 0100").SetName("an attribute that is longer than the nest"),
        new TestCaseData("0300 0100 ffffffff").SetName("an attribute that is shorter than its header"),
        new TestCaseData("0800 0300 20000000").SetName("unknown flags without a program"),
        new TestCaseData("0800 0300 06000000").SetName("two modes without a program"),
        new TestCaseData("0800 0300 10000000").SetName("replace without a program"),
    ];

    [TestCaseSource(nameof(Nests))]
    public void What_is_in_the_nest(string hex)
    {
        byte[] nest = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        using var pair = new DriverPair();
        Compare(pair, _ => DriverRig.Message(19, 5, Port, [.. BitConverter.GetBytes((ushort)(4 + nest.Length)), 0x2b, 0x80, .. nest]));
    }

    /// <summary>Requests at random: no answer differs, nor what is attached after.</summary>
    [Test]
    public void Sequences_at_random()
    {
        Gen.Int[0, 9_999].Array[Numbers].Array[1, Steps].Sample(steps =>
        {
            using var pair = new DriverPair();
            var said = new List<string>();
            foreach (int[] numbers in steps)
            {
                int at = 0;
                int Pick(int most) => numbers[at++] % most;
                string what;
                (string Kernel, string Ours) answer;
                int device = new[] { Port, Port, Port, Port, Peer, Loopback, Absent }[Pick(7)], program = Pick(PoolSize + 2) - 1;
                // Mostly one of the programs that can be attached.
                if (Pick(3) != 0) program = Pick(3);
                uint flags = Pick(8) == 0 ? (uint)Pick(40) : new uint[] { 0, 2, 4, 4, 5, 8, 20, 18, 3, 1, 16 }[Pick(11)];
                int link = Pick(3);
                switch (Pick(10))
                {
                    case 0:
                        int attachType = Pick(6) == 0 ? 33 : 37;
                        uint mode = new uint[] { 0, 2, 4, 8, 6, 1 }[Pick(6)];
                        what = $"link {link}: program {program} on {device}, {mode}, {attachType}";
                        answer = Text(pair.CreateLink(link, program, device, attachType, mode));
                        break;
                    case 1:
                        int? old = Pick(2) == 0 ? Pick(3) : null;
                        what = $"link {link}: program {program} for {old}";
                        answer = Text(pair.UpdateLink(link, program, old is null ? 0u : 4u, old));
                        break;
                    case 2:
                        what = $"link {link}: detach";
                        answer = Text(pair.DetachLink(link));
                        break;
                    case 3:
                        what = $"link {link}: close";
                        pair.CloseLink(link);
                        answer = ("", "");
                        break;
                    default:
                        bool removes = Pick(4) == 0;
                        int? expected = (flags & 16) != 0 && Pick(5) != 0 ? Pick(PoolSize + 2) - 1 : null;
                        ushort type = Pick(2) == 0 ? (ushort)16 : (ushort)19;
                        what = $"program {(removes ? None : program)} on {device}, flags {flags}, expected {expected}, message {type}";
                        answer = pair.Ask(of => DriverRig.SetXdp(device, removes ? -1 : of(program), flags, expected is { } e ? of(e) : null, type: type, nested: type == 19));
                        break;
                }
                said.Add(what);
                string history = string.Join("\n", said);
                Assert.That(answer.Ours, Is.EqualTo(answer.Kernel), history);
                foreach (int port in (int[])[Loopback, Port, Peer])
                {
                    var (reported, mine) = pair.Dumped(port);
                    // A link goes with its last descriptor, and a child that another test is just starting has them until it executes.
                    for (int patience = Patience; mine != reported && patience > 0; patience--)
                    {
                        Thread.Sleep(20);
                        (reported, mine) = pair.Dumped(port);
                    }
                    Assert.That(mine, Is.EqualTo(reported), $"interface {port}, {history}");
                }
            }
        }, iter: Sequences, threads: 1);

        static (string, string) Text((int Kernel, int Ours) errnos) => ($"{errnos.Kernel}", $"{errnos.Ours}");
    }
}
