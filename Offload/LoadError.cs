using Chainring.Offload.Spec;

namespace Chainring.Offload;

/// <summary>Why an object cannot be loaded. Every text of the loader is in this file.</summary>
public sealed record LoadError(string Id, string Name, string Sentence) : Problem(Id, Name, Sentence)
{
    /// <summary>L10 to L39 speak of the file and of which program is meant; the others of a program that is there and not accepted.</summary>
    public override bool IsBadInput => string.CompareOrdinal(Id, "L10") >= 0 && string.CompareOrdinal(Id, "L40") < 0;

    // ── Instructions ───────────────────────────────────────────────────────────────────────────────────────────────────
    public static LoadError CodeLength(string owner, int bytes) =>
        new("L01", "code-length", $"{owner}: {bytes} bytes of code are not a whole number of 8-byte instructions");

    public static LoadError UndefinedOpcode(string owner, int slot, ReadOnlySpan<byte> raw) =>
        new("L02", "undefined-encoding", $"{At(owner, slot, raw)} has no meaning: opcode 0x{raw[0]:x2} is undefined");

    public static LoadError ReservedField(string owner, int slot, ReadOnlySpan<byte> raw) =>
        new("L03", "reserved-field", $"{At(owner, slot, raw)} has no meaning: a field that opcode 0x{raw[0]:x2} reserves is not zero");

    public static LoadError NoSuchRegister(string owner, int slot, ReadOnlySpan<byte> raw) =>
        new("L04", "no-such-register", $"{At(owner, slot, raw)} names a register beyond r10");

    public static LoadError HalfConstant(string owner, int slot, ReadOnlySpan<byte> raw) =>
        new("L05", "half-constant", $"{At(owner, slot, raw)} is the first half of a 64-bit constant and the second is missing");

    public static LoadError LegacyPacketAccess(string owner, int slot, ReadOnlySpan<byte> raw) =>
        new("L06", "legacy-packet-access",
            $"{At(owner, slot, raw)} is a legacy packet load (BPF_ABS or BPF_IND), which XDP programs cannot use; read through ctx->data instead");

    static string At(string owner, int slot, ReadOnlySpan<byte> raw) =>
        $"{owner}: instruction {slot} ({Convert.ToHexStringLower(raw)})";

    // ── Choosing a program ─────────────────────────────────────────────────────────────────────────────────────────────
    public static LoadError NoSuchProgram(string file, string name, IReadOnlyList<ProgramSpec> programs) =>
        new("L20", "no-such-program", $"{file}: there is no program {name}; it has {List(programs)}");

    public static LoadError WhichProgram(string file, IReadOnlyList<ProgramSpec> programs) => programs.Count == 0
        ? new("L21", "no-xdp-program", $"{file}: there is no XDP program in it")
        : new("L22", "which-program", $"{file}: it has several XDP programs; choose one of {List(programs)}");

    public static LoadError NotXdp(string file, ProgramSpec program, string prefix) =>
        new("L23", "not-xdp", $"{file}: {program.Name} is not an XDP program: its section {program.Section} belongs to another type ({prefix})");

    static string List(IReadOnlyList<ProgramSpec> programs) =>
        programs.Count == 0 ? "none" : string.Join(", ", programs.Select(p => p.Name));
}
