using Chainring.Host.Driver.Peers;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>
/// The rows of <see cref="HelperTable"/> say of each helper and kfunc what the kernel's prototypes say: programs that call it in the right way, or
/// with one thing wrong, are accepted by the kernel's verifier or refused as the row would have it.
/// </summary>
public sealed class HelperRowTests
{
    /// <summary>On the stack: dynamic pointers (that of argument 1, that which is made, that of argument 3), then memory that is filled.</summary>
    const int Dynptr = -16, NewDynptr = -32, Memory = -112, MemoryBytes = 64;

    /// <summary>Arguments that are a socket: one that is full, one that may be none, one that may be null, and the middle of one.</summary>
    const string FullSocket = "full socket", CommonSocket = "common socket", UncheckedSocket = "unchecked socket", InsideSocket = "inside socket";

    static readonly MapSpec[] Maps =
    [
        SomeMap.Of(MapType.Array, "array", entries: 1) with { ValueSize = MemoryBytes },
        SomeMap.Of(MapType.Array, "read_only", entries: 1) with { ValueSize = MemoryBytes, Flags = MapFlags.ReadOnlyForPrograms },
        SomeMap.Of(MapType.Array, "write_only", entries: 1) with { ValueSize = MemoryBytes, Flags = MapFlags.WriteOnlyForPrograms },
        SomeMap.Of(MapType.Array, "text", entries: 1) with { ValueSize = 8, Flags = MapFlags.ReadOnlyForPrograms, InitialValue = "text\0\0\0\0"u8.ToArray() },
        SomeMap.Of(MapType.Array, "locked", entries: 1) with { ValueSize = 8, LockOffset = 4 },
        SomeMap.Of(MapType.PerCpuArray, "per_cpu"),
        SomeMap.Of(MapType.Queue, "queue"),
        SomeMap.Of(MapType.PerfEventArray, "perf"),
        SomeMap.Of(MapType.RingBuffer, "ring"),
        SomeMap.Of(MapType.DevMap, "devices"),
        SomeMap.Of(MapType.ProgramArray, "programs"),
    ];

    /// <summary>Those that can be called without being bound to a device.</summary>
    static IEnumerable<TestCaseData> Rows => HelperTable.All
        .Where(r => !r.Name.StartsWith("bpf_xdp_metadata_", StringComparison.Ordinal))
        .Select(r => new TestCaseData(r).SetArgDisplayNames(r.Name));

    [OneTimeSetUp]
    public void NeedsTheKernel()
    {
        Libbpf.Require();
        OracleAvailability.Require();
    }

    [TestCaseSource(nameof(Rows))]
    public void The_kernel_accepts_what_the_row_says(HelperRow row)
    {
        string[] right = [.. row.Arguments.Select(a => Right(row, a))];
        Assert.Multiple(() =>
        {
            Ask("in the right way", true, right);
            Ask("under another licence", !row.NeedsGpl, right, license: "MIT");
            if (row.Effect != HelperEffect.TailCall) Ask("with r0 read afterwards", row.Result != HelperResult.None, right, after: "r1 = r0");
            for (int n = 0; n < right.Length; n++)
            {
                foreach (var (what, value, accepted) in Variations(row, n))
                {
                    string[] arguments = [.. right];
                    arguments[n] = value;
                    // Memory of no size where there is none, if that is allowed.
                    if (what == "null" && accepted && row.Arguments[n].IsMemory && !row.Arguments[n + 1].IsResultSize) arguments[n + 1] = "0";
                    Ask($"with {what} as argument {n + 1}", accepted, arguments);
                }
            }
        });

        void Ask(string how, bool accepted, string[] arguments, string license = "GPL", string after = "")
        {
            string? refusal = Refusal(Program(row, arguments, after), license);
            Assert.That(refusal is null, Is.EqualTo(accepted), $"{how}: {refusal?.Split('\n').Reverse().Skip(2).FirstOrDefault()}");
        }
    }

    /// <summary>What an argument may be, and must not, with what the row says of that.</summary>
    static IEnumerable<(string What, string Value, bool Accepted)> Variations(HelperRow row, int n)
    {
        var argument = row.Arguments[n];
        switch (argument.Kind)
        {
            case ArgumentKind.Context:
                yield return ("null", "0", false);
                yield return ("the frame", "r7", false);
                break;
            case ArgumentKind.Map or ArgumentKind.ProgramArray:
                yield return ("null", "0", false);
                yield return ("a value", "value(array)", false);
                break;
            case ArgumentKind.Number:
                yield return ("an unknown number", "r8", true);
                break;
            case ArgumentKind.MemorySize or ArgumentKind.ResultSize:
                yield return ("0", "0", argument.Kind == ArgumentKind.ResultSize || argument.MayBeZero);
                yield return ("a number from 1 to 8", "r8", argument is { Kind: ArgumentKind.MemorySize, IsResultSize: false });
                break;
            case ArgumentKind.StackOrNull:
                yield return ("null", "0", true);
                yield return ("a value", "value(array)", false);
                break;
            case ArgumentKind.Function:
                yield return ("a number", "8", false);
                break;
            case ArgumentKind.LockInValue:
                yield return ("a value without a lock", "value(array)", false);
                break;
            case ArgumentKind.Record:
                yield return ("a value", "value(array)", false);
                break;
            case ArgumentKind.Socket or ArgumentKind.ReleasedSocket:
                yield return ("null", "0", false);
                yield return ("a value", "value(array)", false);
                yield return ("a socket that may be no full one", CommonSocket, true);
                yield return ("a socket that may be null", UncheckedSocket, false);
                yield return ("the inside of a socket", InsideSocket, false);
                break;
            case ArgumentKind.Text:
                yield return ("null", "0", false);
                yield return ("text that can be written", "value(array)", false);
                yield return ("the stack", $"r10 + {Memory}", false);
                break;
            case ArgumentKind.Dynptr:
                yield return ("a value", "value(array)", false);
                yield return ("a place without one", $"r10 + {Memory}", false);
                foreach (var kind in new[] { DynptrKinds.Value, DynptrKinds.Record, DynptrKinds.Packet })
                    yield return ($"one of a {kind}", $"{kind}", (argument.Dynptrs & kind) != 0);
                break;
            case ArgumentKind.NewDynptr:
                yield return ("a value", "value(array)", false);
                yield return ("a place that is no multiple of 8", $"r10 + {NewDynptr + 4}", false);
                break;
            default:
                bool isValue = argument.Kind == ArgumentKind.ValueMemory, reads = (argument.Access & MemoryAccess.Read) != 0, writes = (argument.Access & MemoryAccess.Write) != 0;
                yield return ("null", "0", argument.MayBeNull);
                yield return ("the context", "r6", false);
                yield return ("the frame", "r7", row.TakesPacket && !isValue);
                yield return ("the stack", $"r10 + {Memory}", !isValue);
                yield return ("the stack at an odd address", $"r10 + {Memory + 1}", !isValue && !argument.IsAligned);
                yield return ("a value that can only be read", "value(read_only)", !writes);
                yield return ("a value that can only be written", "value(write_only)", !reads);
                break;
        }
    }

    /// <summary>What an argument is in a call that is in order.</summary>
    static string Right(HelperRow row, in HelperArgument argument) => argument.Kind switch
    {
        ArgumentKind.Number => "0",
        ArgumentKind.Context => "r6",
        ArgumentKind.Map => $"map({MapFor(row.Effect)})",
        ArgumentKind.ProgramArray => "map(programs)",
        ArgumentKind.ValueMemory => "value(array)",
        ArgumentKind.MemorySize or ArgumentKind.ResultSize => "8",
        ArgumentKind.Function => "code_addr(back)",
        ArgumentKind.LockInValue => "value(locked) + 4",
        ArgumentKind.Text => "value(text)",
        ArgumentKind.Record => "r9",
        ArgumentKind.Socket or ArgumentKind.ReleasedSocket => FullSocket,
        ArgumentKind.Dynptr => (argument.Dynptrs & DynptrKinds.Value) != 0 ? $"{DynptrKinds.Value}" : $"{DynptrKinds.Record}",
        ArgumentKind.NewDynptr => $"r10 + {NewDynptr}",
        _ => $"r10 + {Memory}",
    };

    static string MapFor(HelperEffect effect) => effect switch
    {
        HelperEffect.ReadsMapOfCpu => "per_cpu",
        HelperEffect.Pushes or HelperEffect.Pops or HelperEffect.Peeks => "queue",
        HelperEffect.OutputsEvent => "perf",
        HelperEffect.OutputsRecord => "ring",
        HelperEffect.SetsRedirect => "devices",
        _ => "array",
    };

    /// <summary>r6 is the context, r7 data with bytes behind it, r8 a number from 1 to 8, r9 a record or a socket where one is needed.</summary>
    static ProgramSpec Program(HelperRow row, string[] arguments, string after)
    {
        var lines = new List<string>
        {
            $"""
            r6 = r1
            r7 = *(u32 *)(r6 + 0)
            r1 = *(u32 *)(r6 + 4)
            r2 = r7
            r2 += {MemoryBytes}
            if r2 > r1 goto out
            r8 = *(u8 *)(r7 + 0)
            r8 &= 7
            r8 += 1
            """,
        };
        for (int at = Memory; at < Memory + MemoryBytes; at += 8) lines.Add($"*(u64 *)(r10 - {-at}) = 0");
        bool locks = row.Effect == HelperEffect.Locks, unlocks = row.Id == HelperTable.UnlockId;
        if (locks && unlocks) lines.Add("r1 = value(locked) + 4\ncall 93");
        if (arguments.Contains("r9")) lines.Add("r1 = map(ring)\nr2 = 8\nr3 = 0\ncall 131\nif r0 == 0 goto out\nr9 = r0");
        string? socket = arguments.FirstOrDefault(IsSocket);
        if (socket is not null) lines.Add(Find(socket));
        for (int n = 0; n < arguments.Length; n++)
        {
            if (arguments[n] is nameof(DynptrKinds.Value) or nameof(DynptrKinds.Record) or nameof(DynptrKinds.Packet)) lines.Add(Make(Enum.Parse<DynptrKinds>(arguments[n]), n));
        }
        for (int n = 0; n < arguments.Length; n++) lines.Add(Set(n + 1, arguments[n]));
        lines.Add($"call {(row.Call == CallKind.Kfunc ? "kfunc " : "")}{row.Id}");
        if (after.Length > 0) lines.Add(after);
        if (row.Result == HelperResult.RecordOrNull) lines.Add("if r0 == 0 goto none\nr1 = r0\nr2 = 0\ncall 132\nnone:");
        if (row.Result is HelperResult.SocketOrNull or HelperResult.CommonSocketOrNull) lines.Add("if r0 == 0 goto none\nr1 = r0\ncall 86\nnone:");
        if (socket is not null && !row.Arguments.Any(a => a.Kind == ArgumentKind.ReleasedSocket)) lines.Add("if r9 == 0 goto out\nr1 = r9\ncall 86");
        if (locks && !unlocks) lines.Add("r1 = value(locked) + 4\ncall 94");
        bool held = arguments.Contains($"{DynptrKinds.Record}") && !row.Arguments.Any(a => a.Releases);
        if (held) lines.Add($"{Set(1, Place(Array.IndexOf(arguments, $"{DynptrKinds.Record}")))}\nr2 = 0\ncall 199");
        else if (row.Arguments.Any(a => a is { Kind: ArgumentKind.NewDynptr, Dynptrs: DynptrKinds.Record })) lines.Add($"{Set(1, $"r10 + {NewDynptr}")}\nr2 = 0\ncall 199");
        lines.Add("out:\nr0 = 2\nexit");
        if (arguments.Contains("code_addr(back)")) lines.Add("back:\nr0 = 0\nexit");
        return ProgramText.Program("row", string.Join('\n', lines));
    }

    static bool IsSocket(string argument) => argument is FullSocket or CommonSocket or UncheckedSocket or InsideSocket;

    /// <summary>By a tuple of zeros on the stack.</summary>
    static string Find(string socket) => $"""
        r1 = r6
        {Set(2, $"r10 + {Memory}")}
        r3 = 12
        r4 = -1
        r5 = 0
        call {(socket == CommonSocket ? "99" : "84")}
        {(socket == UncheckedSocket ? "" : "if r0 == 0 goto out")}
        r9 = r0
        """;

    static string Place(int argument) => $"r10 + {Dynptr - 16 * argument}";

    static string Make(DynptrKinds kind, int argument) => kind switch
    {
        DynptrKinds.Value => $"r1 = value(array)\nr2 = 8\nr3 = 0\n{Set(4, Place(argument))}\ncall 197",
        DynptrKinds.Record => $"r1 = map(ring)\nr2 = 8\nr3 = 0\n{Set(4, Place(argument))}\ncall 198",
        _ => $"r1 = r6\nr2 = 0\n{Set(3, Place(argument))}\ncall kfunc {HelperTable.FindKfunc("bpf_dynptr_from_xdp")!.Id}",
    };

    static string Set(int register, string value) => value switch
    {
        _ when value.StartsWith("r10 + ", StringComparison.Ordinal) => $"r{register} = r10\nr{register} += {value["r10 + ".Length..]}",
        InsideSocket => $"r{register} = r9\nr{register} += 4",
        _ when IsSocket(value) => $"r{register} = r9",
        nameof(DynptrKinds.Value) or nameof(DynptrKinds.Record) or nameof(DynptrKinds.Packet) => Set(register, Place(register - 1)),
        _ => $"r{register} = {value}",
    };

    static string? Refusal(ProgramSpec program, string license)
    {
        var maps = program.MapReferences.Select(r => r.Map).Distinct().ToDictionary(name => name, name => new KernelMap(Maps.Single(m => m.Name == name)));
        try
        {
            new KernelProgram(program, name => maps[name], license).Dispose();
            return null;
        }
        catch (BpfException e)
        {
            return e.Message;
        }
        finally
        {
            foreach (var map in maps.Values) map.Dispose();
        }
    }
}
