namespace Chainring.Tests.Support.Programs;

/// <summary>What the writer of a program believes that a register holds. It may be wrong, and then the program is refused, or should be.</summary>
enum Holds : byte
{
    Nothing,
    Number,
    Context,
    Packet,
    PacketEnd,

    /// <summary>A value, or other memory that behaves like one.</summary>
    Value,
    Stack,
}

/// <param name="Most">Of a number: what it is at most, as an unsigned one.</param>
/// <param name="Room">Of a pointer: how many bytes may be touched from it on.</param>
readonly record struct Holding(Holds What, ulong Most = ulong.MaxValue, int Room = 0)
{
    /// <summary>Bytes of memory that programs may read, but not write.</summary>
    public bool ReadOnly { get; init; }

    public static Holding Nothing => default;
    public static Holding Number => new(Holds.Number);

    public static Holding UpTo(ulong most) => new(Holds.Number, most);

    public static Holding Memory(Holds what, int room) => new(what, Room: room);

    public bool IsMemory => What is Holds.Packet or Holds.Value or Holds.Stack && Room > 0;
}
