using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

// What is found out for compilers and for the rules of cards, which Linux does not ask.
sealed partial class Walk
{
    const int MaxAlignment = 8;

    /// <summary>Where an access that is allowed begins.</summary>
    void NoteAccess(in Register pointer, int offset)
    {
        ref var facts = ref _facts[_slot];
        long @fixed = (long)pointer.Offset + offset;
        var place = pointer.Bounds + Bounds.Const((ulong)@fixed);
        var offsets = new NumberRange(checked((int)(pointer.Bounds.SMin + @fixed)), checked((int)(pointer.Bounds.SMax + @fixed)));
        int alignment = MaxAlignment;
        while (!place.Bits.IsAligned(alignment)) alignment /= 2;
        var region = RegionOf(pointer);
        facts = facts.Regions == AccessRegions.None
            ? facts with { Regions = region, Offsets = offsets, Alignment = alignment }
            : facts with
            {
                Regions = facts.Regions | region,
                Offsets = facts.Regions == region ? facts.Offsets?.With(offsets) : null,
                Alignment = Math.Min(facts.Alignment, alignment),
            };
    }

    AccessRegions RegionOf(in Register pointer) => pointer.Kind switch
    {
        RegisterKind.Stack => pointer.Frame == _state.Depth ? AccessRegions.Stack : AccessRegions.CallerStack,
        RegisterKind.Context => AccessRegions.Context,
        RegisterKind.Packet => AccessRegions.Packet,
        RegisterKind.Metadata => AccessRegions.Metadata,
        RegisterKind.MapValue => AccessRegions.MapValue,
        RegisterKind.MapKey => AccessRegions.MapKey,
        RegisterKind.Memory => AccessRegions.Memory,
        RegisterKind.Socket or RegisterKind.CommonSocket => AccessRegions.Socket,
        _ => throw new InvalidOperationException($"{_program.Name}: slot {_slot} reaches {pointer.What}"),
    };

    /// <summary>How much of the packet a branch proves to be there; before it is noted that the branch was met.</summary>
    void NoteProof(in Instruction i, in Register a, in Register b)
    {
        int? bytes = null;
        bool ifTaken = false;
        if (IsPacketComparison(i, a, b))
        {
            var (pointer, compare) = PointerFirst(i.Compare, a, b);
            ifTaken = IsInsideIfTaken(compare);
            if (pointer.Kind == RegisterKind.Packet && RangeProvenBy(pointer, compare) is { } range) bytes = range + (int)pointer.Bounds.UMin;
        }
        ref var facts = ref _facts[_slot];
        bool isFirst = facts is { IsTaken: false, IsPassed: false };
        if (!isFirst) bytes = facts.ProvesIfTaken == ifTaken && facts.ProvesBytes is { } before && bytes is { } now ? Math.Min(before, now) : null;
        facts = facts with { ProvesBytes = bytes, ProvesIfTaken = ifTaken };
    }

    void NoteField(ContextField field) => _facts[_slot] = _facts[_slot] with { ContextField = field.Name };

    void NoteStore(in Register pointer)
    {
        if (pointer.Kind == RegisterKind.MapValue) _facts[_slot] = _facts[_slot] with { StoresTo = pointer.Map!.Spec };
    }

    /// <summary>By how much an end of the frame moves; helpers look at 32 bits of it.</summary>
    void NoteMove(HelperRow row)
    {
        if (!_options.NotesNumbers || row.Effect != HelperEffect.MovesPacket) return;
        const int amount = 2;
        MarkPrecise(amount);
        var moves = R[amount].IsNumber ? new NumberRange(R[amount].Bounds.SMin32, R[amount].Bounds.SMax32) : new(int.MinValue, int.MaxValue);
        _facts[_slot] = _facts[_slot] with { Moves = _facts[_slot].Moves?.With(moves) ?? moves };
    }

    void NoteReturn()
    {
        if (!_options.NotesNumbers || _state.Top.Function != 0) return;
        MarkPrecise(0);
        uint codes = 0;
        for (uint code = 0; code <= (uint)XdpAction.Redirect; code++)
        {
            if (!R[0].IsNumber || R[0].Bounds.Low32.Contains(code)) codes |= 1u << (int)code;
        }
        if (!R[0].IsNumber || R[0].Bounds.UMax32 > (uint)XdpAction.Redirect) codes |= 1u << (int)XdpAction.Aborted;
        _facts[_slot] = _facts[_slot] with { Returns = _facts[_slot].Returns | codes };
    }
}
