using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Chainring.Host.Driver.Emulated;
using Chainring.Host.Driver.Peers;
using Chainring.Tests.Host.Driver.Emulated;
using CsCheck;
using NUnit.Framework;
using static Chainring.Tests.Host.Driver.Emulated.DriverRig;

namespace Chainring.Tests.Oracle;

/// <summary>bpf(2) about maps, the same bytes to the kernel and to an emulated process: results, what attributes and memory hold afterwards, descriptors by their place among those that both got.</summary>
public sealed unsafe class MapCallTests
{
    /// <summary>Numbers that a call is made of, and how many calls.</summary>
    const int Numbers = 24, Steps = 30, Sequences = 400;

    const int LookupBatch = 24, LookupAndDeleteBatch = 25, UpdateBatch = 26, DeleteBatch = 27;

    /// <summary>Bytes of each block of memory that a call names; a page more lies between two.</summary>
    const int BlockBytes = 4096, Blocks = 4;

    const int Hash = 1, Array = 2, ProgArray = 3, PerfEventArray = 4, PerCpuHash = 5, PerCpuArray = 6, LruHash = 9, LpmTrie = 11, ArrayOfMaps = 12, HashOfMaps = 13, DevMap = 14, CpuMap = 16, XskMap = 17,
        Queue = 22, Stack = 23, DevMapHash = 25, RingBuffer = 27, Bloom = 30;

    /// <summary>A field of the attributes: a number, or the descriptor at a place, or the address of a block.</summary>
    readonly record struct Field(int At, int Width, ulong Number, int? Place = null, int? Block = null);

    sealed record Call(int Command, int Size, Field[] Fields, byte[][] Memory)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"command {Command}, {Size} bytes: {string.Join(", ", Fields.Select(f => $"{f.At}={(f.Place is { } p ? $"fd {p}" : f.Block is { } b ? $"[{Convert.ToHexString(Memory[b].AsSpan(0, 24))}…]" : $"{f.Number}")}"))}");
    }

    /// <summary>One who answers.</summary>
    abstract class Side
    {
        public List<int> Descriptors { get; } = [];

        public abstract int Bpf(int command, byte[] attr);

        public abstract ulong AddressOf(int block);

        public abstract void Write(int block, byte[] bytes);

        public abstract byte[] Read(int block);

        public abstract void Close(int fd);

        /// <summary>What came of a call, as text; a descriptor that came of it has a place from now on.</summary>
        public string Answer(Call call)
        {
            for (int n = 0; n < Blocks; n++) Write(n, call.Memory[n]);
            var attr = new byte[Math.Max(call.Size, 160)];
            Span<byte> bytes = stackalloc byte[8];
            foreach (var field in call.Fields)
            {
                ulong value = field.Place is { } place ? (uint)(place < Descriptors.Count ? Descriptors[place] : 1 << 20) : field.Block is { } block ? AddressOf(block) : field.Number;
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
                bytes[..field.Width].CopyTo(attr.AsSpan(field.At));
            }
            attr = attr[..call.Size];
            int result = Bpf(call.Command, attr);
            var text = new StringBuilder();
            if (call.Command == MapCreate && result > 0)
            {
                Descriptors.Add(result);
                text.Append("descriptor");
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"{result}");
            }
            if (call.Command is >= LookupBatch and <= DeleteBatch && attr.Length >= 36) text.Append(CultureInfo.InvariantCulture, $" count {BitConverter.ToInt32(attr, 32)}");
            if (call.Command == Info && attr.Length >= 8) text.Append(CultureInfo.InvariantCulture, $" length {BitConverter.ToInt32(attr, 4)}");
            for (int n = 0; n < Blocks; n++)
            {
                byte[] after = Read(n);
                // The id differs.
                if (call.Command == Info && result == 0) after.AsSpan(4, 4).Clear();
                text.Append('\n').Append(Convert.ToHexString(after).TrimEnd('0'));
            }
            return text.ToString();
        }
    }

    sealed class KernelSide : Side, IDisposable
    {
        readonly KernelDriver _kernel = new();
        readonly byte* _memory = (byte*)NativeMemory.AllocZeroed(Blocks * 2 * BlockBytes);

        public override int Bpf(int command, byte[] attr) => command == MapCreate ? _kernel.Keep(_kernel.Bpf(command, attr)) : _kernel.Bpf(command, attr);

        public override ulong AddressOf(int block) => (ulong)(_memory + 2 * BlockBytes * block);

        public override void Write(int block, byte[] bytes) => bytes.CopyTo(new Span<byte>((byte*)AddressOf(block), BlockBytes));

        public override byte[] Read(int block) => new ReadOnlySpan<byte>((byte*)AddressOf(block), BlockBytes).ToArray();

        public override void Close(int fd) => _kernel.Close(fd);

        public void Dispose()
        {
            _kernel.Dispose();
            NativeMemory.Free(_memory);
        }
    }

    sealed class OurSide : Side, IDisposable
    {
        readonly EmulatedProcess _process;
        readonly ulong[] _blocks;

        public OurSide()
        {
            _process = new EmulatedHost(new EmulatedHostOptions { Flavour = KernelFlavour.Linux618, Cpus = CpuPin.Possible }).NewProcess();
            _blocks = [.. Enumerable.Range(0, Blocks).Select(_ => _process.Memory.Allocate(BlockBytes))];
        }

        public override int Bpf(int command, byte[] attr) => _process.Bpf(command, attr);

        public override ulong AddressOf(int block) => _blocks[block];

        public override void Write(int block, byte[] bytes) => _process.Memory.TryWrite(_blocks[block], bytes);

        public override byte[] Read(int block) => _process.Memory.Read(_blocks[block], BlockBytes);

        public override void Close(int fd) => _process.Close(fd);

        public void Dispose() => _process.Dispose();
    }

    /// <summary>What is known of the map at a place.</summary>
    readonly record struct Made(int Type, int KeySize, int ValueSize);

    [Test]
    public void Sequences_at_random()
    {
        OracleAvailability.Require();
        Gen.Int[0, 9_999].Array[Numbers].Array[1, Steps].Sample(steps =>
        {
            using var kernel = new KernelSide();
            using var ours = new OurSide();
            var made = new List<Made>();
            var said = new List<string>();
            foreach (int[] numbers in steps)
            {
                int at = 0;
                var call = Next(most => numbers[at++ % Numbers] % most, made, out var created);
                said.Add($"{call}");
                string theirs = kernel.Answer(call), mine = ours.Answer(call);
                if (!IsOfChance(call, made, mine, theirs)) Assert.That(mine, Is.EqualTo(theirs), string.Join('\n', said));
                if (theirs.StartsWith("descriptor", StringComparison.Ordinal)) made.Add(created);
                said[^1] += $" → {theirs.Split('\n')[0]}";
            }
        }, iter: Sequences, threads: 1);
    }

    /// <summary>A Bloom filter may take a value for one that was put in; which ones depends on a seed.</summary>
    static bool IsOfChance(Call call, List<Made> made, string mine, string theirs) =>
        call.Command == Lookup && call.Fields[0].Place is { } place && place < made.Count && made[place].Type == Bloom
        && new[] { mine, theirs }.Any(a => a.StartsWith("0\n", StringComparison.Ordinal)) && new[] { mine, theirs }.Any(a => a.StartsWith("-2\n", StringComparison.Ordinal));

    static readonly int[] Types = [Hash, Array, PerCpuHash, PerCpuArray, LruHash, LpmTrie, Queue, Stack, Bloom, ProgArray, PerfEventArray, DevMap, DevMapHash, CpuMap, XskMap, RingBuffer, ArrayOfMaps, HashOfMaps, 99, 0];

    static Call Next(Func<int, int> pick, List<Made> made, out Made created)
    {
        created = default;
        var memory = Enumerable.Range(0, Blocks).Select(_ => new byte[BlockBytes]).ToArray();
        if (made.Count == 0 || pick(6) == 0) return Create(pick, memory, out created);
        int place = pick(12) == 0 ? pick(made.Count + 2) : pick(made.Count);
        var map = place < made.Count ? made[place] : default;
        Fill(memory[0], map, pick);
        for (int n = 0; n < 64; n++) memory[1][n] = (byte)(pick(3) == 0 ? 0 : n * 7 + pick(200));
        // A value that names a descriptor names none.
        if (map.Type is ProgArray or PerfEventArray or ArrayOfMaps or HashOfMaps or XskMap) BinaryPrimitives.WriteInt32LittleEndian(memory[1], 1 << 20);
        if (map.Type is DevMap or DevMapHash) BinaryPrimitives.WriteInt64LittleEndian(memory[1], 77);
        if (map.Type == CpuMap) BinaryPrimitives.WriteInt64LittleEndian(memory[1], 0);
        ulong flags = pick(4) == 0 ? (ulong)pick(9) : 0;
        Field fd = new(0, 4, 0, place), key = pick(40) == 0 ? new(8, 8, 1) : map.KeySize == 0 && pick(12) != 0 ? new(8, 8, 0) : new(8, 8, 0, Block: 0), value = pick(40) == 0 ? new(16, 8, 1) : new(16, 8, 0, Block: 1);
        bool isOrdered = map.Type is Array or PerCpuArray or LpmTrie or Queue or Stack or Bloom or ProgArray or RingBuffer or DevMap or CpuMap or XskMap or PerfEventArray or ArrayOfMaps or 0;
        switch (pick(14))
        {
            // A socket in an xskmap is any number here.
            case 0 or 1 or 2 or 3 when map.Type != XskMap:
                return new(Update, pick(20) == 0 ? 24 : 32, [fd, key, value, new(24, 8, flags)], memory);
            case 4 or 5:
                return new(Lookup, 32, [fd, key, value, new(24, 8, flags)], memory);
            case 6:
                return new(Delete, pick(10) == 0 ? 32 : 16, [fd, key, new(16, 8, pick(10) == 0 ? 1ul : 0)], memory);
            case 7:
                return new(LookupAndDelete, 32, [fd, key, value, new(24, 8, flags)], memory);
            case 8 when isOrdered:
                return new(NextKey, 24, [fd, pick(4) == 0 ? new(8, 8, 0) : key, value], memory);
            case 9:
                return new(Freeze, pick(10) == 0 ? 8 : 4, [fd, new(4, 4, pick(10) == 0 ? 1ul : 0)], memory);
            case 10:
                return new(Info, 16, [fd, new(4, 4, new ulong[] { 88, 88, 40, 4, 0, 100, 5000 }[pick(7)]), new(8, 8, 0, Block: 2)], memory);
            case 11 or 12:
                int command = isOrdered ? LookupBatch + pick(4) : UpdateBatch + pick(2), count = pick(5);
                for (int n = 0; n < count; n++) Fill(memory[2].AsSpan(n * Math.Max(map.KeySize, 1)), map, pick);
                return new(command, pick(12) == 0 ? 64 : 56,
                [
                    pick(3) == 0 ? new(0, 8, 0) : new(0, 8, 0, Block: 0), new(8, 8, 0, Block: 3), new(16, 8, 0, Block: 2), new(24, 8, 0, Block: 1), new(32, 4, (ulong)count), fd with { At = 36 },
                    new(40, 8, pick(8) == 0 ? (ulong)pick(9) : 0), new(48, 8, pick(16) == 0 ? 1ul : 0),
                ], memory);
            default:
                return new(Lookup, 32, [fd, key, value], memory);
        }
    }

    /// <summary>One of a few keys.</summary>
    static void Fill(Span<byte> key, Made map, Func<int, int> pick)
    {
        if (map.Type == LpmTrie && map.KeySize > 4)
        {
            BinaryPrimitives.WriteInt32LittleEndian(key, pick(20) == 0 ? 8 * map.KeySize : pick(8 * (map.KeySize - 4) + 1));
            key[4] = (byte)(pick(4) << 6);
            return;
        }
        key[0] = (byte)pick(6);
    }

    static Call Create(Func<int, int> pick, byte[][] memory, out Made created)
    {
        int type = Types[pick(3) == 0 ? pick(Types.Length) : pick(9)];
        // Mostly what the type wants.
        int key = pick(8) == 0 ? new[] { 0, 1, 3, 4, 8, 600 }[pick(6)] : type switch { Queue or Stack or Bloom or RingBuffer => 0, LpmTrie => 5 + pick(4), Hash or PerCpuHash => new[] { 1, 4, 5, 8 }[pick(4)], _ => 4 };
        int value = pick(8) == 0 ? new[] { 0, 1, 4, 8, 12 }[pick(5)] : type switch { RingBuffer => 0, ProgArray or PerfEventArray or XskMap or ArrayOfMaps or HashOfMaps or DevMap or CpuMap => 4, _ => new[] { 1, 4, 8, 12 }[pick(4)] };
        int entries = pick(12) == 0 ? 0 : type is RingBuffer ? 4096 : type is LruHash ? 64 : 1 + pick(4);
        uint flags = pick(5) == 0 ? 1u << pick(15) : type is LpmTrie ? 1u : 0;
        created = new(type, key, value);
        var fields = new List<Field> { new(0, 4, (ulong)type), new(4, 4, (ulong)key), new(8, 4, (ulong)value), new(12, 4, (ulong)entries), new(16, 4, flags) };
        if (type is ArrayOfMaps or HashOfMaps || pick(30) == 0) fields.Add(new(20, 4, 0, pick(4)));
        string name = new[] { "", "map", "a.b_c", "a b", "0123456789abcde", "0123456789abcdef" }[pick(12) == 0 ? pick(6) : 1];
        for (int n = 0; n < name.Length; n++) fields.Add(new(28 + n, 1, name[n]));
        if (pick(20) == 0) fields.Add(new(new[] { 24, 60, 64, 72, 80 }[pick(5)], 1, 1));
        int size = pick(10) == 0 && type is not (ArrayOfMaps or HashOfMaps) ? new[] { 0, 12, 16, 20, 28, 44, 60, 81, 152, 160 }[pick(10)] : 80;
        return new(MapCreate, size, [.. fields], memory);
    }
}
