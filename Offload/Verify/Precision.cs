using System.Numerics;
using Chainring.Offload.Isa;

namespace Chainring.Offload.Verify;

// What a decision hung on. When a number decides (a branch, a size, an offset), the walk goes back along the path to all that it was made from, and
// marks it in the checkpoints on the way: only there pruning has to compare numbers.
sealed partial class Walk
{
    const int MaxFrames = 8;

    readonly ushort[] _wantedRegisters = new ushort[MaxFrames + 1];
    readonly ulong[] _wantedSlots = new ulong[MaxFrames + 1];

    /// <summary>The number in a register decides something, at the current instruction.</summary>
    void MarkPrecise(int register)
    {
        if (!R[register].IsNumber) return;
        BeginBacktrack();
        _wantedRegisters[_state.Depth] = (ushort)(1 << register);
        Backtrack(_state.LastStep!.Previous, _slot, _state.Depth);
    }

    /// <summary>The same for a number in a stack slot.</summary>
    void MarkPrecise(int depth, int slot)
    {
        BeginBacktrack();
        _wantedSlots[depth] = 1ul << slot;
        Backtrack(_state.LastStep!.Previous, _slot, _state.Depth);
    }

    void BeginBacktrack()
    {
        Array.Clear(_wantedRegisters);
        Array.Clear(_wantedSlots);
    }

    bool IsAnythingWanted => _wantedRegisters.AsSpan().ContainsAnyExcept((ushort)0) || _wantedSlots.AsSpan().ContainsAnyExcept(0ul);

    /// <param name="step">The last instruction whose effect counts.</param>
    /// <param name="subsequent">The slot of the one after.</param>
    /// <param name="depth">The frame that it ran in.</param>
    void Backtrack(Step? step, int subsequent, int depth)
    {
        var checkpoint = _state.Parent;
        while (IsAnythingWanted)
        {
            if (step is null || step.Checkpoint != checkpoint)
            {
                if (checkpoint is null) return;
                Claim(checkpoint);
                checkpoint = checkpoint.Parent;
                continue;
            }
            if (!GoBack(step, subsequent, ref depth))
            {
                MarkAllPrecise();
                return;
            }
            subsequent = step.Slot;
            step = step.Previous;
        }
    }

    /// <summary>Marks what is wanted in a checkpoint; what is marked already, or is no number there, is wanted no longer.</summary>
    void Claim(PathState checkpoint)
    {
        for (int f = 0; f < _wantedRegisters.Length; f++)
        {
            if (f >= checkpoint.Frames.Count)
            {
                (_wantedRegisters[f], _wantedSlots[f]) = (0, 0);
                continue;
            }
            var frame = checkpoint.Frames[f];
            for (uint left = _wantedRegisters[f]; left != 0; left &= left - 1)
            {
                int n = BitOperations.TrailingZeroCount(left);
                ref var register = ref frame.Registers[n];
                if (!register.IsNumber || register.Precise) _wantedRegisters[f] &= (ushort)~(1 << n);
                else register.Precise = true;
            }
            for (ulong left = _wantedSlots[f]; left != 0; left &= left - 1)
            {
                int slot = BitOperations.TrailingZeroCount(left);
                if (!frame.IsSpilledNumber(slot) || frame.Spilled(slot).Precise) _wantedSlots[f] &= ~(1ul << slot);
                else frame.Spilled(slot).Precise = true;
            }
        }
    }

    /// <summary>What was wanted after an instruction, in terms of what was there before it; false if that cannot be told.</summary>
    bool GoBack(Step step, int subsequent, ref int depth)
    {
        ref readonly var i = ref _code[step.Slot];
        WantLinked(step.Linked);
        ref ushort wanted = ref _wantedRegisters[depth];
        ushort dst = (ushort)(1 << i.Dst), src = (ushort)(i.FromRegister && i.Src != Instruction.FramePointer ? 1 << i.Src : 0);
        switch (i.Kind)
        {
            case InstructionKind.Alu when (wanted & dst) != 0:
                if (i.Alu is AluOp.Mov or AluOp.MovSx8 or AluOp.MovSx16 or AluOp.MovSx32) wanted &= (ushort)~dst;
                if (i.Alu is not (AluOp.Neg or >= AluOp.Le16)) wanted |= src;
                break;

            case InstructionKind.LoadConstant:
                wanted &= (ushort)~dst;
                break;

            case InstructionKind.Load when (wanted & dst) != 0:
                wanted &= (ushort)~dst;
                if (step.StackSlot >= 0) _wantedSlots[step.StackFrame] |= 1ul << step.StackSlot;
                break;

            case InstructionKind.Store or InstructionKind.Atomic:
                if ((wanted & dst) != 0) return false;
                if (step.StackSlot < 0 || (_wantedSlots[step.StackFrame] >> step.StackSlot & 1) == 0) break;
                _wantedSlots[step.StackFrame] &= ~(1ul << step.StackSlot);
                wanted |= src;
                break;

            case InstructionKind.Branch when i.FromRegister && (wanted & (dst | src)) != 0:
                wanted |= (ushort)(dst | src);
                break;

            case InstructionKind.Call:
                GoBackOverCall(i, step.Slot, subsequent, ref depth);
                break;

            case InstructionKind.Exit:
                // Into the function that returned here.
                bool wasCalled = subsequent > 0 && _code[subsequent - 1].IsLocalCall;
                bool result = wasCalled && (wanted & 1) != 0;
                wanted &= 0xffc0;
                depth++;
                _wantedRegisters[depth] = (ushort)(result ? 1 : 0);
                _wantedSlots[depth] = 0;
                break;
        }
        WantLinked(step.Linked);
        return true;
    }

    void GoBackOverCall(in Instruction i, int slot, int subsequent, ref int depth)
    {
        const ushort arguments = 0x3e;
        ref ushort wanted = ref _wantedRegisters[depth];
        if (i.IsLocalCall && subsequent != slot + 1)
        {
            // Out of the function, to where it was called: its arguments are the caller's.
            ushort given = (ushort)(wanted & arguments);
            (wanted, _wantedSlots[depth]) = (0, 0);
            _wantedRegisters[--depth] |= given;
        }
        else if (i.IsHelperCall && i.Immediate == HelperTable.TailCallId && subsequent != slot + 1)
        {
            // Into a function that a tail call returned from.
            wanted &= 0xffc0;
            depth++;
            (_wantedRegisters[depth], _wantedSlots[depth]) = (0, 0);
        }
        else if (FlowGraph.CallsBack(i) && subsequent != slot + 1)
        {
            // Out of a callback, whose arguments came from the helper.
            (wanted, _wantedSlots[depth]) = (0, 0);
            depth--;
        }
        else
        {
            wanted &= 0xffc0;
        }
    }

    /// <summary>Numbers that a branch taught something together are wanted together.</summary>
    void WantLinked(LinkedNumbers? linked)
    {
        if (linked is null) return;
        bool any = false;
        foreach (var (f, registers, slots) in linked.Places) any |= (_wantedRegisters[f] & registers) != 0 || (_wantedSlots[f] & slots) != 0;
        if (!any) return;
        foreach (var (f, registers, slots) in linked.Places)
        {
            _wantedRegisters[f] |= registers;
            _wantedSlots[f] |= slots;
        }
    }

    /// <summary>Where the way back is lost, every number counts.</summary>
    void MarkAllPrecise()
    {
        for (var at = _state.Parent; at is not null; at = at.Parent)
        {
            at.ForEach((ref Register register) => register.Precise = true);
        }
    }
}
