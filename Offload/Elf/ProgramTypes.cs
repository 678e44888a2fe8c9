using Chainring.Offload.Spec;

namespace Chainring.Offload.Elf;

/// <summary>
/// What type information (BTF) says of the functions and lines of a program, and of the values of maps, where a loader names types by their numbers, as bpf(2) has it.
/// </summary>
public sealed class ProgramTypes
{
    const int ColumnBits = 10;

    readonly Btf _btf;
    readonly FunctionTypes _functions;

    ProgramTypes(Btf btf) => (_btf, _functions) = (btf, FunctionTypes.Of(btf));

    /// <param name="bytes">A header of BTF and what follows it.</param>
    /// <param name="name">How messages call it.</param>
    public static Result<ProgramTypes> Read(ReadOnlyMemory<byte> bytes, string name) => BtfReader.Read(bytes, name).Try(out var btf, out var problem) ? new ProgramTypes(btf) : problem;

    /// <summary>A function of that type: with its name and, if it is global, its parameters. Null if it is no function's.</summary>
    public FunctionSpec? FunctionAt(int slot, uint type) =>
        _btf.Find(type) is { Kind: BtfKind.Function } function ? _functions.Typed(new(_btf.NameOf(function) ?? "", slot), type) : null;

    /// <summary>A source line; null if its texts are not there.</summary>
    public LineSpec? Line(LineRecord record) => Line(_btf, record);

    internal static LineSpec? Line(Btf btf, LineRecord record) =>
        btf.TextAt(record.File) is { } file && btf.TextAt(record.Text) is { } text ? new(record.Slot, file, (int)(record.Place >> ColumnBits), text) : null;

    /// <summary>Bytes of a type; null if it has no size.</summary>
    public uint? SizeOf(uint type) => _btf.SizeOf(type);

    /// <summary>Where the lock is in a value of that type, in bytes; null if there is none, or no one.</summary>
    public int? LockOffset(uint type) => SpinLocks.OffsetIn(_btf, type);
}
