using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

/// <summary>Why a program cannot be proven safe: what an instruction needs and what is known instead. Every such text is in this file.</summary>
public sealed record Rejection(string Id, string Name, string Sentence) : Problem(Id, Name, Sentence)
{
    public override bool IsBadInput => false;

    /// <summary>The instruction that is not allowed, by slot; -1 when it is the program as a whole.</summary>
    public int Slot { get; init; } = -1;

    /// <summary>The instructions that were followed to it, in order, by slot; only the last of a long path.</summary>
    public IReadOnlyList<int> Path { get; init; } = [];

    /// <summary>What was known of registers and stack when it was reached, a line each.</summary>
    public IReadOnlyList<string> State { get; init; } = [];

    // ── Flow ───────────────────────────────────────────────────────────────────────────────────────────────────────────
    internal static Rejection Unreachable() => new("V01", "unreachable", "nothing leads to it");

    internal static Rejection FallsOff() => new("V02", "falls-off", "the function ends here and neither exits nor jumps");

    internal static Rejection JumpOutside(long target) => new("V03", "jump-target", $"it goes to instruction {target}, which is not in its function");

    internal static Rejection InfiniteLoop() =>
        new("V04", "infinite-loop", "the loop comes back to it with nothing changed, so it may never end; count towards a limit");

    internal static Rejection TooComplex(int limit) =>
        new("V05", "too-complex", $"after {limit:N0} instructions the end of all paths is not in sight; bound loops more tightly, or split the program");

    internal static Rejection TooManyBranches(int limit) =>
        new("V05", "too-complex", $"the path to here has more than {limit:N0} branches whose other way is open; split the program");

    internal static Rejection CallDepth(int limit) => new("V06", "call-depth", $"more than {limit} functions would be in progress at once, or one calls itself");

    internal static Rejection StackSum(int bytes, int functions, int limit) =>
        new("V07", "stack-sum", $"the stacks of {functions} functions that are in progress at once take {bytes} bytes, and there are {limit}");

    internal static Rejection TailCallStack(int bytes, int limit) =>
        new("V08", "tail-call-stack", $"a function with tail calls is called while its callers use {bytes} bytes of stack; {limit} or more are too many");

    // ── Registers ──────────────────────────────────────────────────────────────────────────────────────────────────────
    internal static Rejection Unset(int register) => new("V10", "unset-register", $"r{register} has no value on this path{(register == 0 ? "; set r0 (return something)" : "")}");

    internal static Rejection FramePointer() => new("V11", "frame-pointer", "r10 cannot be written");

    internal static Rejection DivisionByZero() => new("V12", "division-by-zero", "it divides by the constant 0");

    internal static Rejection ShiftAmount(long amount, int bits) => new("V13", "shift-amount", $"it shifts by {amount}, and the operand has {bits} bits");

    internal static Rejection PointerArithmetic(int register, string what, string rule) =>
        new("V14", "pointer-arithmetic", $"r{register} is {what}: {rule}");

    internal static Rejection PointerOffset(string what, string known) =>
        new("V15", "pointer-offset", $"adding {known} to {what} may lead anywhere; check the number first, on both sides");

    internal static Rejection PointerLeak(int register, string what, string where) =>
        new("V16", "pointer-leak", $"r{register} is {what}, and {where} would show its address (strict mode)");

    internal static Rejection PointerComparison(int register, string what) =>
        new("V17", "pointer-comparison", $"r{register} is {what}; strict mode compares only with 0, or packet pointers with each other");

    // ── Memory ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    internal static Rejection NotAPointer(int register, string what) =>
        new("V20", "not-a-pointer", $"r{register} is {what}, not a pointer to memory");

    internal static Rejection NullCheck(int register, string what) =>
        new("V21", "null-check", $"r{register} is {what}; compare it with 0 first");

    internal static Rejection PacketBounds(int register, int bytes, string offset, int proven) => new("V22", "packet-bounds", proven <= 0
        ? $"{bytes} bytes at {offset} of the packet (r{register}), and nothing is proven to be there; compare with data_end first"
        : $"{bytes} bytes at {offset} of the packet (r{register}), only {proven} proven; compare with data_end first");

    internal static Rejection PacketOffset(int register, string known) =>
        new("V22", "packet-bounds", $"the packet offset in r{register} may be negative ({known}); mask it, or compare it first");

    internal static Rejection StackBounds(int register, int bytes, string offset) =>
        new("V23", "stack-bounds", $"{bytes} bytes at {offset} of the stack (r{register}), which has the 512 below r10");

    internal static Rejection StackUnset(int register, int offset) =>
        new("V24", "stack-unset", $"the stack's byte at {offset} (r{register}) is read before it is written (strict mode)");

    internal static Rejection Misaligned(string what, string offset, int bytes) =>
        new("V25", "misaligned", $"{bytes} bytes at {offset} of {what} must be aligned");

    internal static Rejection SpilledPointer(string why) => new("V26", "spilled-pointer", why);

    internal static Rejection ContextAccess(int offset, int bytes, bool write, string fields) =>
        new("V27", "context-access", $"the context cannot be {(write ? "written" : "read")} at {offset}, {bytes} bytes; {fields}");

    internal static Rejection ContextMoved(int register, string offset) =>
        new("V27", "context-access", $"r{register} is the context plus {offset}; use it unchanged");

    internal static Rejection ValueBounds(int register, string what, int bytes, string offset, long size) =>
        new("V28", "value-bounds", $"{bytes} bytes at {offset} of {what} (r{register}), which has {size}");

    internal static Rejection ValueOffset(int register, string what, string known) =>
        new("V28", "value-bounds", $"the offset in {what} (r{register}) may be {known}; check it first");

    internal static Rejection LockAccess(string map) =>
        new("V29", "lock-access", $"it touches the lock in a value of map {map}, which only bpf_spin_lock() and bpf_spin_unlock() may");

    internal static Rejection ReadOnly(string what) => new("V30", "read-only", $"programs cannot write {what}");

    internal static Rejection WriteOnly(string what) => new("V31", "write-only", $"programs cannot read {what}");

    internal static Rejection SocketAccess(int register, int offset, int bytes) =>
        new("V35", "socket-access", $"a socket (r{register}) cannot be read at {offset}, {bytes} bytes; see struct bpf_sock");

    internal static Rejection DynptrAccess() =>
        new("V36", "dynptr-access", "it touches a dynamic pointer on the stack, which only helpers may");

    internal static Rejection DynptrKept() =>
        new("V37", "dynptr-kept", "it would overwrite a dynamic pointer that holds a record; submit or discard that first");

    internal static Rejection DynptrPlace(int register, string known) =>
        new("V38", "dynptr-place", $"a dynamic pointer is 16 bytes of the stack at a multiple of 8; r{register} is {known}");

    internal static Rejection AtomicTarget(int register, string what) => new("V32", "atomic-target", $"r{register} is {what}, where atomic operations are not possible");

    internal static Rejection DirectValue(MapSpec map, int offset) =>
        new("V33", "direct-value", $"it is the address of byte {offset} of map {map.Name}'s only value, and the map is {map.TypeName} with {map.MaxEntries} entries of {map.ValueSize} bytes");

    internal static Rejection DifferentPointers(string here, string before) =>
        new("V34", "different-pointers", $"it reaches {here} on this path and {before} on another; one instruction cannot do both");

    // ── Calls ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    internal static Rejection Argument(string function, int register, string needed, string known) =>
        new("V40", "argument", $"{function}() needs {needed} in r{register}, which is {known}");

    internal static Rejection ArgumentSize(string function, int register, string why) =>
        new("V41", "argument-size", $"the size for {function}() in r{register} {why}");

    internal static Rejection NotConstant(string function, int register, string known) =>
        new("V42", "not-constant", $"{function}() needs a constant in r{register}, which is {known}");

    internal static Rejection PacketArgument(string function, int register) =>
        new("V43", "packet-argument", $"{function}() does not take memory in the packet (r{register}); copy it to the stack");

    internal static Rejection NeedsGpl(string function, string license) =>
        new("V53", "needs-gpl", $"{function}() is only for programs under a licence compatible with the GPL, and this one's is {(license.Length == 0 ? "not given (SEC(\"license\"))" : $"'{license}'")}");

    internal static Rejection MapKind(string function, MapSpec map) =>
        new("V44", "map-kind", $"{function}() does not work on map {map.Name}, which is of type {map.TypeName}");

    internal static Rejection Unavailable(string what) => new("V45", "unavailable", what);

    internal static Rejection ReturnedStack() => new("V46", "returned-stack", "a function cannot return a pointer to its own stack");

    internal static Rejection ReturnRange(string known, string needed) => new("V47", "return-range", $"r0 is {known} at the function's end and must be {needed}");

    internal static Rejection CalledWithLock(string function) => new("V48", "called-with-lock", $"{function} cannot be called while a lock is held");

    internal static Rejection LockRule(string why) => new("V49", "lock-rule", why);

    internal static Rejection LockHeld() => new("V50", "lock-held", "the lock is still held here; give it back with bpf_spin_unlock()");

    internal static Rejection ReferenceKept(string what, int slot) =>
        new("V51", "reference-kept", $"{what} that instruction {slot} got is not given back on this path");

    internal static Rejection NotReleasable(string function, int register, string known) =>
        new("V52", "not-releasable", $"{function}() gives back what is in r{register}, which is {known}");

    internal static Rejection GlobalFunction(string function, string why) => new("V54", "global-function", $"{function}() is a global function, and {why}");
}
