namespace Chainring.Offload.Isa;

/// <summary>
/// What operations are called where people list them: <c>mod</c>, <c>jset</c>, <c>atomic_fetch_add</c>. Widths and kinds of operands make no
/// difference, but for <c>gotol</c>.
/// </summary>
public static class OperationNames
{
    /// <summary>Every name, in alphabetical order.</summary>
    public static IReadOnlyList<string> All { get; } = [.. InstructionSet.Forms.Select(f => Of(f.Meaning)).Distinct().Order(StringComparer.Ordinal)];

    public static string Of(in Instruction i) => i.Kind switch
    {
        InstructionKind.Alu => Lower($"{i.Alu}"),
        InstructionKind.Branch => $"j{Lower($"{i.Compare}")}",
        InstructionKind.Jump => i.Is64 ? "ja" : "gotol",
        InstructionKind.MayGoto => "may_goto",
        InstructionKind.Load => i.Load switch { LoadKind.SignExtending => "load_sx", LoadKind.Acquiring => "load_acquire", _ => "load" },
        InstructionKind.Store => i.Store == StoreKind.Releasing ? "store_release" : "store",
        InstructionKind.Atomic => i.Atomic switch
        {
            AtomicOp.FetchAdd => "atomic_fetch_add",
            AtomicOp.FetchOr => "atomic_fetch_or",
            AtomicOp.FetchAnd => "atomic_fetch_and",
            AtomicOp.FetchXor => "atomic_fetch_xor",
            var other => $"atomic_{Lower($"{other}")}",
        },
        InstructionKind.Call => i.Call switch { CallKind.Local => "call_local", CallKind.Kfunc => "call_kfunc", _ => "call" },
        InstructionKind.LoadConstant => i.Constant == ConstantKind.Code ? "code_addr" : "ld_imm64",
        InstructionKind.Exit => "exit",
        _ => throw new ArgumentOutOfRangeException(nameof(i), i.Kind, "no operation"),
    };

    static string Lower(string name) => string.Create(name.Length, name, (to, from) => from.AsSpan().ToLowerInvariant(to));
}
