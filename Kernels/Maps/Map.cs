using System.Numerics;
using System.Runtime.InteropServices;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Kernels.Maps;

/// <summary>Update flags of bpf(2) and of <c>bpf_map_update_elem</c>.</summary>
public static class UpdateFlags
{
    public const ulong Any = 0;
    public const ulong NoExist = 1;
    public const ulong Exist = 2;

    /// <summary>The value is written under the lock that is in it; for maps whose values have one.</summary>
    public const ulong Lock = 4;
}

/// <summary>A key with the value that each CPU sees; a map that is not per-CPU has one value.</summary>
public readonly record struct MapEntry(byte[] Key, byte[][] Values);

/// <summary>A pinned array of numbers that a map consists of.</summary>
/// <param name="Bytes">Of all its items.</param>
readonly record struct MapArray(string Name, Array Items, long Bytes)
{
    public static MapArray Of<T>(string name, T[] items) where T : unmanaged => new(name, items, (long)items.Length * System.Runtime.CompilerServices.Unsafe.SizeOf<T>());
}

/// <summary>
/// A live map. All its values lie in one pinned array, so that a program's pointer is a map and an offset, and a compiled backend's
/// an address. Operations return 0 or a negative errno, as the kernel's do, and allocate nothing; only <see cref="Entries"/> does.
/// </summary>
/// <remarks>
/// Queues and the host share it: any operation may meet any other on another thread. What a map finds it by is whole at any time;
/// values are plain memory, in which stores race as in the kernel, and an aligned word of up to 8 bytes is old or new, never torn. A pointer may
/// outlive its key, and shows then what the place is used for next.
/// </remarks>
public abstract class Map
{
    /// <summary>One for each value: 1 while it is locked. Programs reach only the place where the kernel has the lock; those bytes stay as they are.</summary>
    readonly int[] _locks;

    protected Map(uint id, MapSpec spec, int values, int cpus) : this(id, spec, (long)values * cpus * StrideOf(spec), cpus)
    {
    }

    /// <summary>A map whose memory is not one of values.</summary>
    protected Map(uint id, MapSpec spec, long bytes, int cpus = 1)
    {
        Id = id;
        Spec = spec;
        Cpus = cpus;
        Stride = StrideOf(spec);
        ProgramsMayRead = (spec.Flags & MapFlags.WriteOnlyForPrograms) == 0;
        ProgramsMayWrite = (spec.Flags & MapFlags.ReadOnlyForPrograms) == 0;
        Storage = GC.AllocateArray<byte>(checked((int)bytes), pinned: true);
        _locks = GC.AllocateArray<int>(HasLocks ? Storage.Length / Stride : 0, pinned: true);
    }

    public uint Id { get; }

    public MapSpec Spec { get; }

    /// <summary>Values have a lock in them, and its type can have that (kernel/bpf/syscall.c, map_check_btf).</summary>
    public bool HasLocks => Spec is { LockOffset: not null, Type: MapType.Array or MapType.Hash };

    /// <summary>Copies of each value: 1 unless the map is per-CPU.</summary>
    public int Cpus { get; }

    /// <summary>Bytes from one value to the next; the value size rounded up to 8.</summary>
    public int Stride { get; }

    /// <summary>Every value, live or free.</summary>
    public byte[] Storage { get; }

    /// <summary>Where that is in memory; it does not move.</summary>
    internal nint StorageAddress => Marshal.UnsafeAddrOfPinnedArrayElement(Storage, 0);

    /// <summary>
    /// Everything that code outside of the process's own needs to do what programs do with the map, by name: arrays that do not move. Whoever writes
    /// there keeps to what the map's type says of its locks.
    /// </summary>
    internal virtual IReadOnlyList<MapArray> Arrays => [MapArray.Of("values", Storage), .. HasLocks ? [MapArray.Of("locks", _locks)] : Array.Empty<MapArray>()];

    /// <summary>Entries that are there.</summary>
    public virtual int Count => Entries().Count;

    /// <summary>What its values, keys and indices take, all of it from the start.</summary>
    public virtual long MemoryBytes => Storage.LongLength;

    /// <summary>Bytes that a processor has near it for each core, about.</summary>
    protected const long NearBytes = 1 << 20;

    /// <summary>Once true, the host can change nothing any more; programs go on as before.</summary>
    public bool IsFrozen { get; private set; }

    public bool ProgramsMayRead { get; }

    /// <summary>Whether programs may write through a pointer to a value, not only whether they may call for an update.</summary>
    public bool ProgramsMayWrite { get; protected init; }

    public void Freeze() => IsFrozen = true;

    /// <summary>What a proof may build on: if nobody can change it any more, its contents too.</summary>
    public MapFacts Facts =>
        new(Spec, this is { IsFrozen: true, ProgramsMayWrite: false, Spec.Type: MapType.Array } ? Storage.AsMemory(0, Spec.MaxEntries * Stride) : default(ReadOnlyMemory<byte>));

    /// <summary>Whether a helper with that effect may be called on it.</summary>
    public bool Admits(HelperEffect effect) => MapEffects.Admits(Spec.Type, effect) && (ProgramsMayWrite || !MapEffects.Changes(effect));

    /// <summary>
    /// Offset in <see cref="Storage"/> of the value that a program on <paramref name="cpu"/> gets for a key, or -1; of a map of maps the id of the
    /// map that is there (see <see cref="IMapOfMaps"/>).
    /// </summary>
    public abstract int Find(ReadOnlySpan<byte> key, int cpu);

    /// <summary>Of several keys at once, in any order: a map that is far from the processor may fetch what it needs for all before it looks at one.</summary>
    /// <param name="keys">Where keys are in memory.</param>
    /// <param name="wanted">A bit for each that is looked up.</param>
    /// <param name="values">Where the value of each is, or 0.</param>
    internal virtual unsafe void FindEach(ReadOnlySpan<nint> keys, int wanted, int cpu, Span<nint> values)
    {
        for (int left = wanted; left != 0; left &= left - 1)
        {
            int n = BitOperations.TrailingZeroCount(left), offset = Find(new((void*)keys[n], Spec.KeySize), cpu);
            values[n] = offset < 0 ? 0 : StorageAddress + offset;
        }
    }

    /// <summary>The same for keys whose words are in columns.</summary>
    /// <param name="columns">The first word of each key, then the second of each, and so on; bytes behind a key are 0.</param>
    /// <param name="keys">How many.</param>
    internal virtual unsafe void FindColumns(ulong* columns, int keys, int wanted, int cpu, nint* values)
    {
        int words = (Spec.KeySize + sizeof(ulong) - 1) / sizeof(ulong);
        ulong* rows = stackalloc ulong[keys * words];
        nint* places = stackalloc nint[keys];
        for (int n = 0; n < keys; n++)
        {
            for (int word = 0; word < words; word++) rows[n * words + word] = columns[word * keys + n];
            places[n] = (nint)(rows + n * words);
        }
        FindEach(new(places, keys), wanted, cpu, new(values, keys));
    }

    /// <summary>Has that brought near which <see cref="FindColumns"/> will look at for two times so many keys; of a map that is near anyway nothing.</summary>
    /// <param name="columns">Of the first, wanted or not.</param>
    /// <param name="others">Of the second.</param>
    internal virtual unsafe void FetchColumns(ulong* columns, ulong* others, int keys)
    {
    }

    /// <summary>A program's update: of a per-CPU map only this CPU's value, the others being 0 if the key is new.</summary>
    public abstract int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, int cpu);

    /// <summary>The host's update: the value goes to every CPU, unless there is one for each of them, <see cref="Stride"/> bytes apart.</summary>
    public abstract int UpdateAll(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags);

    public abstract int Delete(ReadOnlySpan<byte> key);

    /// <summary>A copy of the contents, sorted by key bytes.</summary>
    public abstract IReadOnlyList<MapEntry> Entries();

    /// <summary>Whether [offset, offset + size) lies within one value.</summary>
    public bool Holds(ulong offset, int size) =>
        Stride != 0 && offset < (ulong)Storage.Length && offset % (uint)Stride + (uint)size <= (uint)Spec.ValueSize;

    /// <summary>The text in a value from an offset on, without the 0 that ends it.</summary>
    internal ReadOnlySpan<byte> TextAt(int offset)
    {
        var rest = Storage.AsSpan(offset, Spec.ValueSize - offset % Stride);
        return rest[..rest.IndexOf((byte)0)];
    }

    /// <summary>Waits until the value at an offset is unlocked, and locks it.</summary>
    public void Lock(int offset) => LockWord.Enter(ref _locks[offset / Stride]);

    public void Unlock(int offset) => LockWord.Exit(ref _locks[offset / Stride]);

    /// <summary>Whether values are updated in that way: the flag for locks is for maps that have them.</summary>
    protected bool IsLockFlagWrong(ulong flags) => (flags & UpdateFlags.Lock) != 0 && !HasLocks;

    /// <summary>Copies a value to its place, but not into its lock; under that, if the flags say so.</summary>
    protected void WriteAt(int offset, ReadOnlySpan<byte> value, ulong flags = UpdateFlags.Any)
    {
        var target = ValueAt(offset);
        if (!HasLocks)
        {
            value.CopyTo(target);
            return;
        }
        int at = Spec.LockOffset!.Value, after = at + MapSpec.LockBytes;
        bool locks = (flags & UpdateFlags.Lock) != 0;
        if (locks) Lock(offset);
        value[..at].CopyTo(target);
        value[after..].CopyTo(target[after..]);
        if (locks) Unlock(offset);
    }

    protected Span<byte> ValueAt(int offset) => Storage.AsSpan(offset, Spec.ValueSize);

    protected void WriteAll(int slot, ReadOnlySpan<byte> value, ulong flags = UpdateFlags.Any)
    {
        bool isEach = value.Length > Spec.ValueSize;
        for (int cpu = 0; cpu < Cpus; cpu++)
        {
            int offset = OffsetOf(slot, cpu);
            WriteAt(offset, isEach ? value.Slice(cpu * Stride, Spec.ValueSize) : value, flags);
            // What a value of a CPU is filled up with is kept as it came.
            if (isEach) value[(cpu * Stride + Spec.ValueSize)..((cpu + 1) * Stride)].CopyTo(Storage.AsSpan(offset + Spec.ValueSize));
        }
    }

    protected byte[][] ReadAll(int slot)
    {
        var values = new byte[Cpus][];
        for (int cpu = 0; cpu < Cpus; cpu++) values[cpu] = ValueAt(OffsetOf(slot, cpu)).ToArray();
        return values;
    }

    static int StrideOf(MapSpec spec) => (spec.ValueSize + 7) & ~7;

    /// <summary>Values of one slot lie side by side, one per CPU.</summary>
    protected int OffsetOf(int slot, int cpu) => (slot * Cpus + (Cpus == 1 ? 0 : cpu)) * Stride;
}
