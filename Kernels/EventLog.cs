using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Chainring.Kernels;

/// <summary>
/// What the programs of one CPU have put out since it was last emptied, in the order in which they began to: the CPU's kernels write it,
/// and whoever runs their batches reads and empties it between two of them. It allocates once, when it is opened; what finds it full or closed
/// is lost, and counted.
/// </summary>
/// <remarks><code>
/// │ header │ bytes, filled up to a multiple of 8 │ header │ …
/// </code>
/// Place for a ring buffer's record is taken when the record is reserved: from then on it has its turn, and can no longer be lost.</remarks>
public sealed class EventLog(int cpu = 0, int capacity = EventLog.DefaultBytes)
{
    public const int DefaultBytes = 4 << 20;

    /// <summary>No place.</summary>
    public const int None = -1;

    byte[] _bytes = [];
    int _used;
    long _lost;

    struct Header
    {
        public long Frame;
        public ulong TimestampNs;
        public uint Program, Map;
        public int Length, PacketBytes;
        public EventKind Kind;
        public bool IsKept;
    }

    /// <summary>Events that found no room, over all time.</summary>
    public long Lost => Volatile.Read(ref _lost);

    public bool IsEmpty => _used == 0;

    /// <summary>Makes room. The CPU may run meanwhile.</summary>
    public void Open()
    {
        // Of an event that is kept every byte has been written: most of the room is never touched, and need not be zeroed.
        if (Volatile.Read(ref _bytes).Length == 0) Volatile.Write(ref _bytes, GC.AllocateUninitializedArray<byte>(capacity));
    }

    /// <summary>Appends an event of two pieces; false if there is no room.</summary>
    public bool TryAppend(EventKind kind, in Frame frame, uint program, uint map, ReadOnlySpan<byte> data, ReadOnlySpan<byte> packet = default)
    {
        int place = Reserve(kind, frame, program, map, data.Length + packet.Length);
        if (place == None) return false;
        HeaderAt(place).PacketBytes = packet.Length;
        packet.CopyTo(DataAt(place)[data.Length..]);
        Keep(place, data);
        return true;
    }

    /// <summary>Takes the place of an event whose bytes are not known yet; until it is kept it counts as none. <see cref="None"/> if there is no room.</summary>
    public int Reserve(EventKind kind, in Frame frame, uint program, uint map, int length)
    {
        long needed = Unsafe.SizeOf<Header>() + (((long)length + 7) & ~7L);
        if (needed > _bytes.Length - _used)
        {
            _lost++;
            return None;
        }
        int place = _used;
        _used += (int)needed;
        HeaderAt(place) = new() { Kind = kind, Frame = frame.Index, TimestampNs = frame.TimestampNs, Program = program, Map = map, Length = length };
        return place;
    }

    /// <summary>The event at a place is this.</summary>
    public void Keep(int place, ReadOnlySpan<byte> data)
    {
        data.CopyTo(DataAt(place));
        HeaderAt(place).IsKept = true;
    }

    public void Clear() => _used = 0;

    public Enumerator GetEnumerator() => new(this);

    ref Header HeaderAt(int place) => ref MemoryMarshal.AsRef<Header>(_bytes.AsSpan(place, Unsafe.SizeOf<Header>()));

    Span<byte> DataAt(int place) => _bytes.AsSpan(place + Unsafe.SizeOf<Header>(), HeaderAt(place).Length);

    /// <summary>The events that were kept, in order.</summary>
    public ref struct Enumerator(EventLog log)
    {
        int _next;
        int _place;

        public bool MoveNext()
        {
            while (_next < log._used)
            {
                _place = _next;
                ref readonly var header = ref log.HeaderAt(_place);
                _next += Unsafe.SizeOf<Header>() + ((header.Length + 7) & ~7);
                if (header.IsKept) return true;
            }
            return false;
        }

        public readonly CardEvent Current
        {
            get
            {
                ref readonly var header = ref log.HeaderAt(_place);
                return new CardEvent
                {
                    Kind = header.Kind,
                    Frame = header.Frame,
                    TimestampNs = header.TimestampNs,
                    Cpu = log.Cpu,
                    Program = header.Program,
                    Map = header.Map,
                    Data = log.DataAt(_place),
                    PacketBytes = header.PacketBytes,
                };
            }
        }
    }

    int Cpu => cpu;
}
