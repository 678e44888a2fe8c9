using static Chainring.Offload.Isa.InstructionKind;

namespace Chainring.Offload.Isa;

/// <summary>
/// One legal encoding. A null field may hold anything (for a register field: any register), a number is demanded.
/// </summary>
/// <param name="Meaning">The decoded instruction less its free fields.</param>
/// <param name="Text">How it is written: <c>{d}</c>, <c>{s}</c> 64-bit registers, <c>{wd}</c>, <c>{ws}</c> their lower halves,
/// <c>{i}</c> the immediate, <c>{u}</c> the same without a sign, <c>{x}</c> always in hex, <c>{n}</c> the immediate of a second slot,
/// <c>{o}</c> a signed memory offset, <c>{t}</c> a jump target.</param>
/// <param name="KernelText">How the kernel writes it, where that differs by more than number formats.</param>
public sealed record Form(
    byte Opcode, int? Dst, int? Src, int? Offset, int? Immediate, Instruction Meaning, string Text, string KernelText)
{
    public bool Admits(int dst, int src, short offset, int immediate) =>
        dst < Instruction.Registers && (Dst ?? dst) == dst
        && (Src ?? (src < Instruction.Registers ? src : -1)) == src
        && (Offset ?? offset) == offset
        && (Immediate ?? immediate) == immediate;

    /// <summary><c>6e if {wd} s> {ws} goto {t}</c></summary>
    public override string ToString() => $"{Opcode:x2} {Text}";
}

/// <summary>An instruction that cards do not have, by the name that compilers and kernels give it.</summary>
/// <param name="Offset">Demanded of the offset field; null for any.</param>
public sealed record UnsupportedForm(byte Opcode, short? Offset, string Name, string Why);

/// <summary>
/// The instruction set of RFC 9669 (groups base32, base64, atomic32, atomic64, divmul32, divmul64), and what Linux has beyond it: <c>may_goto</c>,
/// loads that acquire and stores that release. One row per operation. Nothing else in the tree names an encoding.
/// </summary>
/// <remarks><code>
/// opcode:   7 6 5 4   3      2 1 0        memory:  7 6 5   4 3    2 1 0
///           code      source class                 mode    size   class
/// </code></remarks>
public static class InstructionSet
{
    const int Ld = 0, Ldx = 1, St = 2, Stx = 3, Alu32 = 4, Jmp = 5, Jmp32 = 6, Alu64 = 7;
    const int FromImmediate = 0x00, FromRegister = 0x08;
    const int ModeImm = 0x00, ModeAbs = 0x20, ModeInd = 0x40, ModeMem = 0x60, ModeMemSx = 0x80, ModeAtomic = 0xc0;

    [Flags]
    enum On { K = 1, X = 2, W32 = 4, W64 = 8, All = 15 }

    /// <summary>Texts are those of the 64-bit register form; the other forms follow by substitution.</summary>
    readonly record struct AluRow(AluOp Op, byte Code, string Text, On On = On.All, short Offset = 0, int? Immediate = null);

    readonly record struct CompareRow(CompareOp Op, byte Code, string Text);

    readonly record struct AtomicRow(AtomicOp Op, int Immediate, string Text, string KernelText);

    const int LoadAcquire = 0x100, StoreRelease = 0x110;

    readonly record struct SizeRow(AccessSize Size, byte Code, string Unsigned, string Signed);

    static readonly AluRow[] AluRows =
    [
        new(AluOp.Add, 0x00, "{d} += {s}"),
        new(AluOp.Sub, 0x10, "{d} -= {s}"),
        new(AluOp.Mul, 0x20, "{d} *= {s}"),
        new(AluOp.Div, 0x30, "{d} /= {s}"),
        new(AluOp.SDiv, 0x30, "{d} s/= {s}", Offset: 1),
        new(AluOp.Or, 0x40, "{d} |= {s}"),
        new(AluOp.And, 0x50, "{d} &= {s}"),
        new(AluOp.Lsh, 0x60, "{d} <<= {s}"),
        new(AluOp.Rsh, 0x70, "{d} >>= {s}"),
        new(AluOp.Neg, 0x80, "{d} = -{d}", On.K | On.W32 | On.W64, Immediate: 0),
        new(AluOp.Mod, 0x90, "{d} %= {s}"),
        new(AluOp.SMod, 0x90, "{d} s%= {s}", Offset: 1),
        new(AluOp.Xor, 0xa0, "{d} ^= {s}"),
        new(AluOp.Mov, 0xb0, "{d} = {s}"),
        new(AluOp.MovSx8, 0xb0, "{d} = (s8){s}", On.X | On.W32 | On.W64, Offset: 8),
        new(AluOp.MovSx16, 0xb0, "{d} = (s16){s}", On.X | On.W32 | On.W64, Offset: 16),
        new(AluOp.MovSx32, 0xb0, "{d} = (s32){s}", On.X | On.W64, Offset: 32),
        new(AluOp.Arsh, 0xc0, "{d} s>>= {s}"),
        // Byte swaps work on 64-bit registers although two of the three families are encoded in the 32-bit class.
        new(AluOp.Le16, 0xd0, "{d} = le16 {d}", On.K | On.W32, Immediate: 16),
        new(AluOp.Le32, 0xd0, "{d} = le32 {d}", On.K | On.W32, Immediate: 32),
        new(AluOp.Le64, 0xd0, "{d} = le64 {d}", On.K | On.W32, Immediate: 64),
        new(AluOp.Be16, 0xd8, "{d} = be16 {d}", On.K | On.W32, Immediate: 16),
        new(AluOp.Be32, 0xd8, "{d} = be32 {d}", On.K | On.W32, Immediate: 32),
        new(AluOp.Be64, 0xd8, "{d} = be64 {d}", On.K | On.W32, Immediate: 64),
        new(AluOp.Swap16, 0xd0, "{d} = bswap16 {d}", On.K | On.W64, Immediate: 16),
        new(AluOp.Swap32, 0xd0, "{d} = bswap32 {d}", On.K | On.W64, Immediate: 32),
        new(AluOp.Swap64, 0xd0, "{d} = bswap64 {d}", On.K | On.W64, Immediate: 64),
    ];

    static readonly CompareRow[] CompareRows =
    [
        new(CompareOp.Eq, 0x10, "=="), new(CompareOp.Gt, 0x20, ">"), new(CompareOp.Ge, 0x30, ">="), new(CompareOp.Set, 0x40, "&"),
        new(CompareOp.Ne, 0x50, "!="), new(CompareOp.SGt, 0x60, "s>"), new(CompareOp.SGe, 0x70, "s>="), new(CompareOp.Lt, 0xa0, "<"),
        new(CompareOp.Le, 0xb0, "<="), new(CompareOp.SLt, 0xc0, "s<"), new(CompareOp.SLe, 0xd0, "s<="),
    ];

    static readonly AtomicRow[] AtomicRows =
    [
        new(AtomicOp.Add, 0x00, "lock *(u64 *)({d} {o}) += {s}", "lock *(u64 *)({d} {o}) += {s}"),
        new(AtomicOp.Or, 0x40, "lock *(u64 *)({d} {o}) |= {s}", "lock *(u64 *)({d} {o}) |= {s}"),
        new(AtomicOp.And, 0x50, "lock *(u64 *)({d} {o}) &= {s}", "lock *(u64 *)({d} {o}) &= {s}"),
        new(AtomicOp.Xor, 0xa0, "lock *(u64 *)({d} {o}) ^= {s}", "lock *(u64 *)({d} {o}) ^= {s}"),
        new(AtomicOp.FetchAdd, 0x01, "{s} = atomic_fetch_add((u64 *)({d} {o}), {s})", "{s} = atomic64_fetch_add((u64 *)({d} {o}), {s})"),
        new(AtomicOp.FetchOr, 0x41, "{s} = atomic_fetch_or((u64 *)({d} {o}), {s})", "{s} = atomic64_fetch_or((u64 *)({d} {o}), {s})"),
        new(AtomicOp.FetchAnd, 0x51, "{s} = atomic_fetch_and((u64 *)({d} {o}), {s})", "{s} = atomic64_fetch_and((u64 *)({d} {o}), {s})"),
        new(AtomicOp.FetchXor, 0xa1, "{s} = atomic_fetch_xor((u64 *)({d} {o}), {s})", "{s} = atomic64_fetch_xor((u64 *)({d} {o}), {s})"),
        new(AtomicOp.Xchg, 0xe1, "{s} = xchg_64({d} {o}, {s})", "{s} = atomic64_xchg((u64 *)({d} {o}), {s})"),
        new(AtomicOp.CmpXchg, 0xf1, "r0 = cmpxchg_64({d} {o}, r0, {s})", "r0 = atomic64_cmpxchg((u64 *)({d} {o}), r0, {s})"),
    ];

    static readonly (CallKind Kind, string Text, string KernelText)[] CallRows =
    [
        (CallKind.Helper, "call {u}", "call {u}"),
        (CallKind.Local, "call {t}", "call {t}"),
        (CallKind.Kfunc, "call kfunc {i}", "call kernel-function {i}"),
    ];

    static readonly (ConstantKind Kind, string Text, string KernelText)[] ConstantRows =
    [
        (ConstantKind.Value, "{d} = {i} ll", "{d} = {x}"),
        (ConstantKind.MapByFd, "{d} = map_by_fd({i})", "{d} = map[fd:{i}]"),
        (ConstantKind.MapValueByFd, "{d} = map_val(map_by_fd({i})) + {n}", "{d} = map[fd:{i}][0]+{n}"),
        (ConstantKind.Variable, "{d} = var_addr({i})", "{d} = variable[{i}]"),
        (ConstantKind.Code, "{d} = code_addr({i})", "{d} = subprog[{i}]"),
        (ConstantKind.MapByIndex, "{d} = map_by_idx({i})", "{d} = map[idx:{i}]"),
        (ConstantKind.MapValueByIndex, "{d} = map_val(map_by_idx({i})) + {n}", "{d} = map[idx:{i}][0]+{n}"),
    ];

    static readonly SizeRow[] SizeRows =
    [
        new(AccessSize.Word, 0x00, "u32", "s32"), new(AccessSize.Half, 0x08, "u16", "s16"),
        new(AccessSize.Byte, 0x10, "u8", "s8"), new(AccessSize.Double, 0x18, "u64", "s64"),
    ];

    /// <summary>Every legal encoding, in opcode order.</summary>
    public static IReadOnlyList<Form> Forms { get; } =
        [.. AluForms().Concat(BranchForms()).Concat(ControlForms()).Concat(MemoryForms()).Concat(AtomicForms()).Concat(OrderedForms()).OrderBy(f => f.Opcode)];

    static readonly Form[][] ByOpcode =
        [.. Enumerable.Range(0, 256).Select(opcode => Forms.Where(f => f.Opcode == opcode).ToArray())];

    /// <summary>The forms that share an opcode byte; empty if it is undefined.</summary>
    public static ReadOnlySpan<Form> With(byte opcode) => ByOpcode[opcode];

    /// <summary>BPF_ABS and BPF_IND loads of class LD: deprecated by RFC 9669, section 5.5, and never legal in XDP.</summary>
    public static bool IsLegacyPacketAccess(byte opcode) => (opcode & 7) == Ld && (opcode & 0xe0) is ModeAbs or ModeInd;

    /// <summary>Encodings that have a name and a meaning elsewhere, and that cards do not have: what they are, and what to do instead.</summary>
    public static readonly IReadOnlyList<UnsupportedForm> Unsupported =
    [
        new(0xb0 | FromRegister | Alu64, Offset: 1, "addr_space_cast", "a cast between address spaces, which only arenas have; cards have no arenas: keep the data in a map or a global"),
        new(0x00 | FromRegister | Jmp, Offset: null, "gotox", "a jump to an address in a register, which Linux 6.18 does not know either; compile with -fno-jump-tables"),
        new(0x80 | FromRegister | Jmp, Offset: null, "callx", "a call of an address in a register, which no kernel takes; call functions by their names, or choose one by a prog array"),
    ];

    /// <summary>What an encoding is that cards do not have; null if it has no name.</summary>
    public static UnsupportedForm? UnsupportedFormOf(byte opcode, short offset)
    {
        foreach (var form in Unsupported)
        {
            if (form.Opcode == opcode && (form.Offset ?? offset) == offset) return form;
        }
        return null;
    }

    /// <summary>True if the opcode byte is that of a 64-bit constant, which takes two slots.</summary>
    public static bool TakesTwoSlots(byte opcode) => opcode == (Ld | ModeImm | 0x18);

    /// <summary>The form an instruction is written in.</summary>
    public static Form FormOf(in Instruction instruction)
    {
        var i = instruction;
        var meaning = i with { Dst = 0, Src = 0, Offset = 0, Immediate = 0 };
        return FormsByMeaning[meaning];
    }

    static readonly Dictionary<Instruction, Form> FormsByMeaning = Forms.ToDictionary(f => f.Meaning);

    static IEnumerable<Form> AluForms() =>
        from row in AluRows
        from width in new[] { On.W32, On.W64 }
        from source in new[] { On.K, On.X }
        where row.On.HasFlag(width) && row.On.HasFlag(source)
        let fromRegister = source == On.X
        let is64 = width == On.W64
        let text = Spell(row.Text, is64 || row.Op >= AluOp.Le16, fromRegister)
        select new Form(
            (byte)(row.Code | (fromRegister ? FromRegister : FromImmediate) | (is64 ? Alu64 : Alu32)),
            Dst: null, Src: fromRegister ? null : 0, row.Offset, Immediate: fromRegister ? 0 : row.Immediate,
            new(Alu, (byte)row.Op, Is64: is64 || row.Op >= AluOp.Le16, FromRegister: fromRegister), text, text);

    static string Spell(string text, bool is64, bool fromRegister)
    {
        if (!fromRegister) text = text.Replace("{s}", "{i}");
        return is64 ? text : text.Replace("{d}", "{wd}").Replace("{s}", "{ws}");
    }

    static IEnumerable<Form> BranchForms() =>
        from row in CompareRows
        from is64 in new[] { true, false }
        from fromRegister in new[] { false, true }
        let text = Spell($"if {{d}} {row.Text} {{s}} goto {{t}}", is64, fromRegister)
        select new Form(
            (byte)(row.Code | (fromRegister ? FromRegister : FromImmediate) | (is64 ? Jmp : Jmp32)),
            Dst: null, Src: fromRegister ? null : 0, Offset: null, Immediate: fromRegister ? 0 : null,
            new(Branch, (byte)row.Op, is64, fromRegister), text, text);

    static IEnumerable<Form> ControlForms()
    {
        yield return new(0x00 | Jmp, 0, 0, null, 0, new(Jump, Is64: true), "goto {t}", "goto {t}");
        yield return new(0x00 | Jmp32, 0, 0, 0, null, new(Jump, Is64: false), "gotol {t}", "gotol {t}");
        yield return new(0xe0 | Jmp, 0, 0, null, 0, new(MayGoto), "may_goto {t}", "may_goto {t}");
        foreach (var (kind, text, kernelText) in CallRows)
            yield return new(0x80 | Jmp, 0, (int)kind, 0, null, new(Call, (byte)kind), text, kernelText);
        yield return new(0x90 | Jmp, 0, 0, 0, 0, new(Exit), "exit", "exit");
        foreach (var (kind, text, kernelText) in ConstantRows)
            yield return new(Ld | ModeImm | 0x18, null, (int)kind, 0, null, new(LoadConstant, (byte)kind), text, kernelText);
    }

    static IEnumerable<Form> MemoryForms()
    {
        foreach (var (size, code, type, signed) in SizeRows)
        {
            Form Access(int head, Instruction meaning, string text, bool src, bool immediate) =>
                new((byte)(head | code), null, src ? null : 0, null, immediate ? null : 0, meaning with { Size = size }, text, text);

            yield return Access(Ldx | ModeMem, new(Load), $"{{d}} = *({type} *)({{s}} {{o}})", src: true, immediate: false);
            yield return Access(St | ModeMem, new(Store), $"*({type} *)({{d}} {{o}}) = {{i}}", src: false, immediate: true);
            yield return Access(Stx | ModeMem, new(Store, FromRegister: true), $"*({type} *)({{d}} {{o}}) = {{s}}", src: true, immediate: false);
            if (size != AccessSize.Double)
                yield return Access(Ldx | ModeMemSx, new(Load, (byte)LoadKind.SignExtending), $"{{d}} = *({signed} *)({{s}} {{o}})", src: true, immediate: false);
        }
    }

    /// <summary>Texts are those of LLVM 21, which names the lower half of a register that is not loaded or stored whole.</summary>
    static IEnumerable<Form> OrderedForms()
    {
        foreach (var (size, code, type, _) in SizeRows)
        {
            string w = size == AccessSize.Double ? "" : "w";
            yield return new((byte)(Stx | ModeAtomic | code), null, null, null, LoadAcquire, new(Load, (byte)LoadKind.Acquiring, Size: size),
                $"{{{w}d}} = load_acquire(({type} *)({{s}} {{o}}))", $"{{d}} = load_acquire(({type} *)({{s}} {{o}}))");
            yield return new((byte)(Stx | ModeAtomic | code), null, null, null, StoreRelease, new(Store, (byte)StoreKind.Releasing, FromRegister: true, Size: size),
                $"store_release(({type} *)({{d}} {{o}}), {{{w}s}})", $"store_release(({type} *)({{d}} {{o}}), {{s}})");
        }
    }

    static IEnumerable<Form> AtomicForms() =>
        from row in AtomicRows
        from size in SizeRows
        where size.Size is AccessSize.Word or AccessSize.Double
        let is64 = size.Size == AccessSize.Double
        select new Form((byte)(Stx | ModeAtomic | size.Code), null, null, null, row.Immediate,
            new(InstructionKind.Atomic, (byte)row.Op, is64, true, size.Size),
            is64 ? row.Text : Narrow(row.Text),
            is64 ? row.KernelText : row.KernelText.Replace("u64", "u32").Replace("atomic64", "atomic"));

    /// <summary>The 32-bit form of an atomic operation's text: value registers by their lower halves, the address by its full name.</summary>
    static string Narrow(string text) =>
        text.Replace("u64", "u32").Replace("_64(", "32_32(").Replace("{s}", "{ws}").Replace("r0", "w0");
}
