using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

// What is found out for the rules of cards, which Linux does not ask.
sealed partial class Walk
{
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
