using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Tests.Kernels.Maps;
using Chainring.Tests.Oracle;
using CsCheck;
using NUnit.Framework;

namespace Chainring.Tests.Kernels.Helpers;

/// <summary>Dynamic pointers, whatever is done with them: the same answers, bytes and events as in the kernel.</summary>
public sealed class DynptrTests
{
    /// <summary>Pointers are below each other on the stack from -16 on, then comes memory for results.</summary>
    const int Slots = 3, MostBytes = 40, Scratch = -16 * Slots - MostBytes;

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    enum Act { FromValue, FromFrame, Reserve, Submit, Discard, Read, Write, Data, Slice, WritableSlice, Adjust, IsNull, IsReadOnly, Size, Clone, Copy, Fill, MoveTail, MoveHead }

    sealed record Step(Act Act, int Slot, int Other, int Offset, int Length, ulong Flags, bool Buffer)
    {
        public override string ToString() => $"{Act} slot {Slot} other {Other} offset {Offset} length {Length} flags {Flags} buffer {Buffer}";
    }

    static readonly Gen<Step[]> Steps = Gen.Select(
        Gen.Enum<Act>(), Gen.Int[0, Slots - 1], Gen.Int[0, Slots - 1],
        Gen.Frequency((8, Gen.Int[0, 24]), (4, Gen.Int[0, 70]), (1, Gen.OneOf(-1, int.MinValue, int.MaxValue, 0xffff, 0x10000, 0x100_0000))),
        Gen.Frequency((6, Gen.Int[0, 16]), (2, Gen.Int[0, MostBytes]), (1, Gen.OneOf(0, 1, MostBytes))),
        Gen.Frequency((9, Gen.Const(0UL)), (1, Gen.OneOf(1UL, 1UL << 32))), Gen.Bool,
        (act, slot, other, offset, length, flags, buffer) => new Step(act, slot, other, offset, length, flags, buffer)).Array[1, 24];

    static MapSpec Value => new()
    {
        Name = "value",
        Type = MapType.Array,
        KeySize = 4,
        ValueSize = 64,
        MaxEntries = 1,
        InitialValue = [.. Enumerable.Range(0, 64).Select(n => (byte)(200 - n))],
    };

    static MapSpec Ring => new() { Name = "ring", Type = MapType.RingBuffer, KeySize = 0, ValueSize = 0, MaxEntries = 4096 };

    [Test]
    public void Any_sequence_of_calls() => Steps.Sample(steps =>
    {
        var program = new Writer();
        foreach (var step in steps) program.Add(step);
        BothSides.Compare(program.End(), [Value, Ring, BothSides.Results(program.Words)]);
    }, iter: 300, threads: 1, print: steps => string.Join('\n', steps.AsEnumerable()));

    /// <summary>Writes the steps that the verifier would let through: it follows what is in each slot.</summary>
    sealed class Writer
    {
        readonly List<string> _lines = ["r6 = r1", .. Enumerable.Range(1, MostBytes / 8).Select(n => $"*(u64 *)(r10 - {16 * Slots + 8 * n}) = {n * 0x01020304}")];

        /// <summary>Which reservation each slot holds: 0 for none, null where there is no pointer.</summary>
        readonly int?[] _slots = new int?[Slots];
        int _reserved;

        public int Words { get; private set; }

        public string End()
        {
            for (int slot = 0; slot < Slots; slot++)
            {
                if (_slots[slot] > 0) Add(new(Act.Submit, slot, 0, 0, 0, 0, false));
            }
            if (Words == 0) Keep("r0 = 0");
            return string.Join('\n', [.. _lines, "r0 = 2", "exit"]);
        }

        public void Add(Step step)
        {
            bool makes = step.Act is Act.FromValue or Act.FromFrame or Act.Reserve, moves = step.Act is Act.MoveTail or Act.MoveHead;
            bool there = _slots[step.Slot] is not null;
            if (makes ? _slots[step.Slot] > 0 : !moves && !there) return;
            switch (step.Act)
            {
                case Act.FromValue:
                    int at = Math.Clamp(step.Offset, 0, 64 - MostBytes);
                    Call("197", $"r1 = value(value) + {at}", $"r2 = {step.Length}", Flags(3, step), Pointer(4, step.Slot));
                    _slots[step.Slot] = 0;
                    break;
                case Act.FromFrame:
                    Call(Kfunc("from_xdp"), "r1 = r6", Flags(2, step), Pointer(3, step.Slot));
                    _slots[step.Slot] = 0;
                    break;
                case Act.Reserve:
                    int size = step.Offset > 100 ? step.Offset : step.Length;
                    Call("198", "r1 = map(ring)", $"r2 = 0x{(uint)size:x} ll", Flags(3, step), Pointer(4, step.Slot));
                    _slots[step.Slot] = ++_reserved;
                    // What it held before is the kernel's own affair.
                    if (size <= MostBytes) Call("202", Pointer(1, step.Slot), "r2 = 0", "r3 = value(value)", $"r4 = {size}", "r5 = 0");
                    break;
                case Act.Submit or Act.Discard when _slots[step.Slot] > 0:
                    Lines(Pointer(1, step.Slot), Flags(2, step), $"call {(step.Act == Act.Submit ? 199 : 200)}");
                    int held = _slots[step.Slot]!.Value;
                    for (int slot = 0; slot < Slots; slot++) if (_slots[slot] == held) _slots[slot] = null;
                    break;
                case Act.Read:
                    Call("201", $"r1 = r10\nr1 += {Scratch}", $"r2 = {step.Length}", Pointer(3, step.Slot), Number(4, step.Offset), Flags(5, step));
                    for (int word = 0; word < MostBytes; word += 8) Keep($"r0 = *(u64 *)(r10 - {-Scratch - word})");
                    break;
                case Act.Write:
                    Call("202", Pointer(1, step.Slot), Number(2, step.Offset), $"r3 = r10\nr3 += {Scratch}", $"r4 = {step.Length}", Flags(5, step));
                    break;
                case Act.Data:
                    Call("203", Pointer(1, step.Slot), Number(2, step.Offset), $"r3 = {step.Length}", Use(step.Length, writes: true));
                    break;
                case Act.Slice or Act.WritableSlice:
                    bool writes = step.Act == Act.WritableSlice;
                    Call(Kfunc(writes ? "slice_rdwr" : "slice"), Pointer(1, step.Slot), Number(2, step.Offset),
                        step.Buffer ? $"r3 = r10\nr3 += {Scratch}" : "r3 = 0", $"r4 = {step.Length}", Use(step.Length, writes));
                    break;
                case Act.Adjust:
                    Call(Kfunc("adjust"), Pointer(1, step.Slot), Number(2, step.Offset), Number(3, step.Buffer ? step.Offset + step.Length : step.Length));
                    break;
                case Act.IsNull or Act.IsReadOnly:
                    Call(Kfunc(step.Act == Act.IsNull ? "is_null" : "is_rdonly"), Pointer(1, step.Slot), "r0 &= 0xff");
                    break;
                case Act.Size:
                    Call(Kfunc("size"), Pointer(1, step.Slot));
                    break;
                case Act.Clone when _slots[step.Other] is null or 0 && step.Other != step.Slot:
                    Call(Kfunc("clone"), Pointer(1, step.Slot), Pointer(2, step.Other));
                    _slots[step.Other] = _slots[step.Slot];
                    break;
                case Act.Copy when _slots[step.Other] is not null:
                    Call(Kfunc("copy"), Pointer(1, step.Slot), Number(2, step.Offset), Pointer(3, step.Other), Number(4, step.Length / 2), Number(5, step.Length));
                    break;
                case Act.Fill:
                    Call(Kfunc("memset"), Pointer(1, step.Slot), Number(2, step.Offset), Number(3, step.Length), $"r4 = {step.Other + 77}");
                    break;
                case Act.MoveTail or Act.MoveHead:
                    Call(step.Act == Act.MoveTail ? "65" : "44", "r1 = r6", $"r2 = {(step.Buffer ? step.Length : -step.Length) * (step.Act == Act.MoveTail ? -1 : 1)}");
                    break;
            }
        }

        /// <summary>Calls what the last line but an optional one for the result sets up; r0 is kept.</summary>
        void Call(string helper, params string[] lines)
        {
            bool uses = lines[^1].StartsWith("if", StringComparison.Ordinal) || lines[^1].StartsWith("r0", StringComparison.Ordinal);
            Lines([.. uses ? lines[..^1] : lines, $"call {helper}", .. uses ? lines[^1..] : []]);
            // Nobody promises what a kfunc leaves in the upper half.
            if (!uses && helper.StartsWith("kfunc", StringComparison.Ordinal)) Lines("r0 <<= 32\nr0 >>= 32");
            Keep();
        }

        /// <summary>A byte at the end of what r0 points to is read, and counted up.</summary>
        string Use(int length, bool writes)
        {
            string label = $"next{_lines.Count}";
            string touch = length == 0 ? "r0 = 1" : $"r1 = *(u8 *)(r0 + {length - 1})\n{(writes ? $"r2 = r1\nr2 += 1\n*(u8 *)(r0 + {length - 1}) = r2\n" : "")}r0 = r1\nr0 += 2";
            return $"if r0 == 0 goto {label}\n{touch}\n{label}:";
        }

        void Keep(string? line = null)
        {
            if (line is not null) Lines(line);
            Lines(BothSides.Keep(Words++));
        }

        void Lines(params ReadOnlySpan<string> lines) => _lines.AddRange(lines);

        static string Pointer(int register, int slot) => $"r{register} = r10\nr{register} += {-16 * (slot + 1)}";

        static string Number(int register, int value) => $"r{register} = 0x{(uint)value:x} ll";

        static string Flags(int register, Step step) => $"r{register} = 0x{step.Flags:x} ll";

        static string Kfunc(string name) => $"kfunc {HelperTable.FindKfunc("bpf_dynptr_" + name)!.Id}";
    }
}
