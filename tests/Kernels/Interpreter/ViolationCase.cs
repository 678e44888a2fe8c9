using System.Globalization;
using Chainring.Kernels;
using Chainring.Kernels.Network;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;
using Chainring.Tests.Support;

namespace Chainring.Tests.Kernels.Interpreter;

/// <summary>One case of <c>tests/data/violations/*.data</c>; the README beside them says what a case is given.</summary>
public sealed record ViolationCase(string Name, string Source, Verdict Verdict)
{
    static readonly Dictionary<string, AbortReason> Reasons = Enum.GetValues<AbortReason>().ToDictionary(Aborts.NameOf);

    public static IReadOnlyList<MapSpec> Maps { get; } =
    [
        Map("array", MapType.Array, 4),
        Map("per_cpu", MapType.PerCpuArray, 4),
        Map("hash", MapType.Hash, 4),
        Map("read_only", MapType.Array, 1, MapFlags.ReadOnlyForPrograms),
        Map("write_only", MapType.Array, 1, MapFlags.WriteOnlyForPrograms),
        Map("locked", MapType.Array, 4) with { LockOffset = 4 },
        Map("programs", MapType.ProgramArray, 4) with { ValueSize = 4 },
        Map("queue", MapType.Queue, 4) with { KeySize = 0 },
        Map("perf", MapType.PerfEventArray, 4) with { ValueSize = 4 },
        Map("ring", MapType.RingBuffer, 4096) with { KeySize = 0, ValueSize = 0 },
        Map("outer", MapType.ArrayOfMaps, 4) with { ValueSize = 4, Inner = Map("inner", MapType.Array, 4) },
    ];

    /// <summary>Port 80 of any IPv4 address listens.</summary>
    public static IReadOnlyList<SocketSpec> Sockets { get; } =
        [new() { Protocol = SocketProtocol.Tcp, Local = default, LocalPort = 80, State = SocketState.Listen }];

    public static IReadOnlyList<ViolationCase> All { get; } =
        [.. Directory.EnumerateFiles(TestData.Path("violations"), "*.data").Order(StringComparer.Ordinal).SelectMany(Read)];

    public ProgramSpec Program => ProgramText.Program("violation", KernelRig.Prologue + Source);

    /// <summary>The verifier lets the program through: what it does wrong, if anything, shows only when it runs.</summary>
    public bool IsProven => Verifier.Verify(Program, name => new(Maps.Single(m => m.Name == name))).Problem is null;

    public override string ToString() => Name;

    static MapSpec Map(string name, MapType type, int entries, MapFlags flags = MapFlags.None) =>
        new() { Name = name, Type = type, KeySize = 4, ValueSize = 12, MaxEntries = entries, Flags = flags };

    static IEnumerable<ViolationCase> Read(string path)
    {
        string? name = null;
        var source = new List<string>();
        foreach (string rawLine in File.ReadLines(path))
        {
            string line = rawLine.Split('#')[0].Trim();
            switch (line.Split(' ', 2))
            {
                case ["case", var rest]:
                    name = rest;
                    source.Clear();
                    break;
                case ["aborts", var reason]:
                    yield return Case(new(XdpAction.Aborted, Reasons[reason]));
                    break;
                case ["returns", var code]:
                    yield return Case(new((XdpAction)int.Parse(code, CultureInfo.InvariantCulture)));
                    break;
                default:
                    source.Add(line);
                    break;
            }
        }

        ViolationCase Case(Verdict verdict)
        {
            if (!source.Contains("exit")) source.AddRange(["r0 = 2", "exit"]);
            return new(name!, string.Join('\n', source), verdict);
        }
    }
}
