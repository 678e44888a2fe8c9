using System.Globalization;
using Chainring.Kernels;
using Chainring.Offload.Elf;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Emulated;

// Type information (BTF): loading it, and what it says of programs and maps.
public sealed partial class EmulatedProcess
{
    const int FunctionRecordBytes = 8, LineRecordBytes = 16, MaxRecordBytes = 252;

    int LoadTypes(Fields attr)
    {
        if (!MayUseBpf) return -Errno.NotPermitted;
        const int headerBytes = 24;
        const uint largest = 16 << 20;
        uint size = attr.U32(16);
        if (size > largest) return -Errno.TooBig;
        if (size < headerBytes) return -Errno.Invalid;
        var bytes = new byte[size];
        if (!Memory.TryRead(attr.U64(0), bytes)) return -Errno.Fault;
        return ProgramTypes.Read(bytes, "btf").Try(out var types, out _) ? Put(new BpfTypes(Host, bytes, types)) : -Errno.Invalid;
    }

    /// <summary>
    /// What a program says of its functions, which take their names and parameters from there, and of its lines (check_btf_info in kernel/bpf/verifier.c).
    /// </summary>
    int ReadTypes(Fields attr, Instruction[] code, List<FunctionSpec> functions, LoadLog log, out BpfTypes? types, out List<LineSpec> lines)
    {
        (types, lines) = (null, []);
        uint functionCount = attr.U32(88), lineCount = attr.U32(104);
        if (functionCount != 0 || lineCount != 0)
        {
            if (!Get<BpfTypes>(attr.I32(72)).Try(out types, out int errno)) return -errno;
        }
        int result = functionCount == 0 ? WithoutTypes(code, functions, log) : ReadFunctions(attr, functions, types!.Types, log);
        if (result == 0 && lineCount != 0) result = ReadLines(attr, code, functions, types!.Types, lines, log);
        if (result != 0) types = null;
        return result;
    }

    static int WithoutTypes(Instruction[] code, List<FunctionSpec> functions, LoadLog log)
    {
        if (functions.Count == 1 || !code.Skip(functions[1].Start).Any(i => i.IsHelperCall && i.Immediate == HelperTable.TailCallId)) return 0;
        return log.Refuse("tail_call is not allowed in subprogs without BTF");
    }

    int ReadFunctions(Fields attr, List<FunctionSpec> functions, ProgramTypes types, LoadLog log)
    {
        uint size = attr.U32(76);
        if (size is < FunctionRecordBytes or > MaxRecordBytes || size % sizeof(uint) != 0) return log.Refuse(string.Create(CultureInfo.InvariantCulture, $"invalid func info rec size {size}"));
        var typed = new List<FunctionSpec>();
        uint count = attr.U32(88), before = 0;
        for (uint n = 0; n < count; n++)
        {
            if (Record(attr.U64(80) + n * size, size, FunctionRecordBytes, out var record) is var unreadable and not 0)
            {
                if (unreadable == -Errno.TooBig) log.Say("nonzero tailing record in func info");
                return unreadable;
            }
            uint slot = record.U32(0), type = record.U32(4);
            if (n == 0 && slot != 0) return log.Refuse(string.Create(CultureInfo.InvariantCulture, $"nonzero insn_off {slot} for the first func info record"));
            if (n > 0 && slot <= before) return log.Refuse(string.Create(CultureInfo.InvariantCulture, $"same or smaller insn offset ({slot}) than previous func info record ({before})"));
            if (types.FunctionAt((int)slot, type) is not { } function) return log.Refuse(string.Create(CultureInfo.InvariantCulture, $"invalid type id {type} in func info"));
            // The program itself is entered by nobody else.
            typed.Add(n == 0 ? new(function.Name, 0) : function);
            before = slot;
        }
        if (count != functions.Count) return log.Refuse("number of funcs in func_info doesn't match number of subprogs");
        if (!typed.Select(f => f.Start).SequenceEqual(functions.Select(f => f.Start))) return log.Refuse("func_info BTF section doesn't match subprog layout in BPF program");
        functions.Clear();
        functions.AddRange(typed);
        return 0;
    }

    int ReadLines(Fields attr, Instruction[] code, List<FunctionSpec> functions, ProgramTypes types, List<LineSpec> lines, LoadLog log)
    {
        uint size = attr.U32(92), count = attr.U32(104);
        if (count > int.MaxValue / LineRecordBytes || size is < LineRecordBytes or > MaxRecordBytes || size % sizeof(uint) != 0) return -Errno.Invalid;
        int reached = 0;
        uint before = 0;
        for (uint n = 0; n < count; n++)
        {
            if (Record(attr.U64(96) + n * size, size, LineRecordBytes, out var record) is var unreadable and not 0)
            {
                if (unreadable == -Errno.TooBig) log.Say("nonzero tailing record in line_info");
                return unreadable;
            }
            uint slot = record.U32(0);
            if ((n > 0 && slot <= before) || slot >= code.Length)
                return log.Refuse(string.Create(CultureInfo.InvariantCulture, $"Invalid line_info[{n}].insn_off:{slot} (prev_offset:{before} prog->len:{code.Length})"));
            if (code[slot].Kind == InstructionKind.Continuation) return log.Refuse(string.Create(CultureInfo.InvariantCulture, $"Invalid insn code at line_info[{n}].insn_off"));
            if (types.Line(new((int)slot, record.U32(4), record.U32(8), record.U32(12))) is not { } line)
                return log.Refuse(string.Create(CultureInfo.InvariantCulture, $"Invalid line_info[{n}].line_off or .file_name_off"));
            if (reached < functions.Count)
            {
                if (slot == functions[reached].Start) reached++;
                else if (functions[reached].Start < slot) return log.Refuse(string.Create(CultureInfo.InvariantCulture, $"missing bpf_line_info for func#{reached}"));
            }
            lines.Add(line);
            before = slot;
        }
        return reached == functions.Count ? 0 : log.Refuse(string.Create(CultureInfo.InvariantCulture, $"missing bpf_line_info for func#{reached}"));
    }

    /// <summary>A record that may be longer than is known, with zeros.</summary>
    int Record(ulong address, uint size, int known, out Fields record)
    {
        var bytes = new byte[size];
        record = new(bytes);
        if (!Memory.TryRead(address, bytes)) return -Errno.Fault;
        return bytes.AsSpan(known).ContainsAnyExcept((byte)0) ? -Errno.TooBig : 0;
    }

    /// <summary>Whether types of keys and values are as large as those, and where the lock in values is (map_check_btf in kernel/bpf/syscall.c).</summary>
    static int Typed(ref MapSpec spec, BpfTypes types, uint key, uint value)
    {
        if (key != 0 && types.Types.SizeOf(key) != (uint)spec.KeySize) return -Errno.Invalid;
        if (types.Types.SizeOf(value) != (uint)spec.ValueSize) return -Errno.Invalid;
        if (types.Types.LockOffset(value) is not { } at) return 0;
        if ((spec.Flags & (MapFlags.ReadOnlyForPrograms | MapFlags.WriteOnlyForPrograms)) != 0) return -Errno.Access;
        if (spec.Type is not (MapType.Array or MapType.Hash)) return -Errno.OperationNotSupported;
        spec = spec with { LockOffset = at };
        return 0;
    }
}
