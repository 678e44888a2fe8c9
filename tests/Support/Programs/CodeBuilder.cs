using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Support.Programs;

/// <summary>Code that is being written: jumps go to labels, which are placed later, and what names a map or a kfunc is noted on the way.</summary>
sealed class CodeBuilder
{
    const int NotPlaced = -1;

    readonly List<Instruction> _code = [];
    readonly List<MapReference> _maps = [];
    readonly List<ExternReference> _kfuncs = [];
    readonly List<FunctionSpec> _functions = [];
    readonly List<int> _labels = [];
    readonly List<(int Slot, int Label)> _jumps = [];

    public int Length => _code.Count;

    public int NewLabel()
    {
        _labels.Add(NotPlaced);
        return _labels.Count - 1;
    }

    public void Place(int label) => _labels[label] = _code.Count;

    public bool IsUsed(int label) => _jumps.Exists(j => j.Label == label);

    /// <summary>A function begins, under a label of its own.</summary>
    public void Begin(int label)
    {
        Place(label);
        _functions.Add(new($"function_{_functions.Count}", _code.Count));
    }

    public void Alu(AluOp op, int dst, long immediate, bool is64 = true) =>
        _code.Add(new(InstructionKind.Alu, (byte)op, is64, Dst: (byte)dst, Immediate: immediate));

    public void AluOf(AluOp op, int dst, int src, bool is64 = true) =>
        _code.Add(new(InstructionKind.Alu, (byte)op, is64, FromRegister: true, Dst: (byte)dst, Src: (byte)src));

    public void Move(int dst, int src) => AluOf(AluOp.Mov, dst, src);

    public void Set(int dst, long immediate) => Alu(AluOp.Mov, dst, immediate);

    /// <summary>dst = src + distance.</summary>
    public void Sum(int dst, int src, int distance)
    {
        Move(dst, src);
        Alu(AluOp.Add, dst, distance);
    }

    public void Load(AccessSize size, int dst, int src, int offset, LoadKind kind = LoadKind.Plain) =>
        _code.Add(new(InstructionKind.Load, (byte)kind, Size: size, Dst: (byte)dst, Src: (byte)src, Offset: (short)offset));

    public void Store(AccessSize size, int dst, int offset, int src, StoreKind kind = StoreKind.Plain) =>
        _code.Add(new(InstructionKind.Store, (byte)kind, FromRegister: true, Size: size, Dst: (byte)dst, Src: (byte)src, Offset: (short)offset));

    public void StoreNumber(AccessSize size, int dst, int offset, int immediate) =>
        _code.Add(new(InstructionKind.Store, (byte)StoreKind.Plain, Size: size, Dst: (byte)dst, Offset: (short)offset, Immediate: immediate));

    public void Atomic(AtomicOp op, bool is64, int dst, int offset, int src) =>
        _code.Add(new(InstructionKind.Atomic, (byte)op, is64, FromRegister: true, is64 ? AccessSize.Double : AccessSize.Word, (byte)dst, (byte)src, (short)offset));

    public void Branch(CompareOp op, int a, long immediate, int label, bool is64 = true) =>
        Jump(label, new(InstructionKind.Branch, (byte)op, is64, Dst: (byte)a, Immediate: immediate));

    public void BranchOf(CompareOp op, int a, int b, int label, bool is64 = true) =>
        Jump(label, new(InstructionKind.Branch, (byte)op, is64, FromRegister: true, Dst: (byte)a, Src: (byte)b));

    public void Goto(int label) => Jump(label, new(InstructionKind.Jump, Is64: true));

    public void MayGoto(int label) => Jump(label, new(InstructionKind.MayGoto));

    public void Call(int helper) => _code.Add(new(InstructionKind.Call, (byte)CallKind.Helper, Immediate: helper));

    public void CallKfunc(string name)
    {
        _kfuncs.Add(new(_code.Count, name, IsMissing: false));
        _code.Add(new(InstructionKind.Call, (byte)CallKind.Kfunc, Immediate: HelperTable.FindKfunc(name)!.Id));
    }

    public void CallFunction(int label) => Jump(label, new(InstructionKind.Call, (byte)CallKind.Local));

    public void Function(int dst, int label)
    {
        Jump(label, new(InstructionKind.LoadConstant, (byte)ConstantKind.Code, Dst: (byte)dst));
        _code.Add(default);
    }

    public void Constant(int dst, long value) => Constant(dst, ConstantKind.Value, value);

    public void Map(int dst, string name)
    {
        _maps.Add(new(_code.Count, name, IsValue: false, 0));
        Constant(dst, ConstantKind.MapByFd, 0);
    }

    public void Value(int dst, string name, int offset)
    {
        _maps.Add(new(_code.Count, name, IsValue: true, offset));
        Constant(dst, ConstantKind.MapValueByFd, (long)offset << 32);
    }

    public void Exit() => _code.Add(new(InstructionKind.Exit));

    public ProgramSpec Build(string section)
    {
        foreach (var (slot, label) in _jumps)
        {
            int distance = _labels[label] - slot - 1;
            _code[slot] = _code[slot].Kind is InstructionKind.LoadConstant ? _code[slot] with { Immediate = (uint)distance }
                : _code[slot].Kind is InstructionKind.Call ? _code[slot] with { Immediate = distance }
                : _code[slot] with { Offset = checked((short)distance) };
        }
        return new()
        {
            Name = "generated",
            Section = section,
            Code = [.. _code],
            Functions = [new("generated", 0), .. _functions],
            MapReferences = _maps,
            ExternReferences = _kfuncs,
            License = "GPL",
        };
    }

    void Constant(int dst, ConstantKind kind, long value)
    {
        _code.Add(new(InstructionKind.LoadConstant, (byte)kind, Dst: (byte)dst, Immediate: value));
        _code.Add(default);
    }

    void Jump(int label, Instruction jump)
    {
        _jumps.Add((_code.Count, label));
        _code.Add(jump);
    }
}
