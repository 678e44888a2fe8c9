namespace Chainring.Offload.Verify;

/// <summary>A state, for people: a line for each register and stack slot of which something is known.</summary>
static class StateText
{
    public static IReadOnlyList<string> Of(PathState state)
    {
        var lines = new List<string>();
        foreach (var (depth, frame) in state.Frames.Index())
        {
            string prefix = state.Frames.Count > 1 ? $"frame {depth}: " : "";
            for (int n = 0; n < frame.Registers.Length; n++)
            {
                if (frame.Registers[n].IsSet) lines.Add($"{prefix}r{n} {frame.Registers[n]}");
            }
            for (int slot = 0; slot < frame.Slots; slot++)
            {
                if (TextOf(frame, slot) is { } text) lines.Add($"{prefix}stack {-CallFrame.SlotBytes * (slot + 1)} {text}");
            }
        }
        lines.AddRange(state.References.Select(r => $"{r.What} from instruction {r.Slot} is to be given back"));
        if (state.Lock is { } held) lines.Add($"a lock of map {held.Map.Spec.Name} is held");
        return lines;
    }

    static string? TextOf(CallFrame frame, int slot)
    {
        if (frame.IsSpilled(slot) || frame.IsDynptr(slot)) return frame.Spilled(slot).ToString();
        if (frame.BytesOf(slot) == 0) return null;
        Span<char> bytes = stackalloc char[CallFrame.SlotBytes];
        for (int n = 0; n < bytes.Length; n++) bytes[n] = ".s#0d"[(int)frame.ByteAt(slot, n)];
        return $"{bytes} (. not written, # a number, 0 zero)";
    }
}
