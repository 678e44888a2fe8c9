using System.Runtime.InteropServices;

namespace Chainring.Kernels.Helpers;

/// <summary>
/// What <c>bpf_trace_printk</c> and <c>bpf_trace_vprintk</c> print goes where other events go (kernel/trace/bpf_trace.c), and what <c>bpf_snprintf</c>
/// prints into memory (kernel/bpf/helpers.c).
/// </summary>
static class TraceOutput
{
    const int MaxArguments = 12;

    /// <summary>The longest text of a trace, with the 0 at its end.</summary>
    const int MaxTrace = 1024;

    public static long Three(ref HelperCall call)
    {
        Span<ulong> arguments = [call.R3, call.R4, call.R5];
        return Print(ref call, arguments);
    }

    public static long Many(ref HelperCall call)
    {
        Span<ulong> arguments = stackalloc ulong[MaxArguments];
        return TryArguments(call.Memory2, ref arguments) ? Print(ref call, arguments) : -Errno.Invalid;
    }

    /// <summary>The length of the text with its 0, whether there is room for it or not, or a negative errno.</summary>
    public static long IntoMemory(ref HelperCall call)
    {
        Span<ulong> arguments = stackalloc ulong[MaxArguments];
        if (!TryArguments(call.Memory2, ref arguments)) return -Errno.Invalid;
        var prepared = new TraceArguments(stackalloc byte[TraceArguments.MaxBytes], in call);
        int error = prepared.Prepare(call.Text, arguments);
        if (error != 0) return error;
        scoped var text = new TraceText(call.Memory1);
        text.Print(call.Text, ref prepared);
        return text.Length + 1;
    }

    /// <summary>The length of the text, whether there is room for it or not, or a negative errno.</summary>
    static long Print(ref HelperCall call, scoped ReadOnlySpan<ulong> arguments)
    {
        int end = call.Memory1.IndexOf((byte)0);
        if (end < 0) return -Errno.Invalid;
        var prepared = new TraceArguments(stackalloc byte[TraceArguments.MaxBytes], in call);
        int error = prepared.Prepare(call.Memory1[..end], arguments);
        if (error != 0) return error;
        var text = new TraceText(stackalloc byte[MaxTrace]);
        text.Print(call.Memory1[..end], ref prepared);
        call.Environment.Events.TryAppend(EventKind.Trace, call.Frame, call.Program.Id, map: 0, text.Written);
        return text.Length;
    }

    /// <summary>Copies the arguments: words, and not too many.</summary>
    static bool TryArguments(ReadOnlySpan<byte> words, ref Span<ulong> arguments)
    {
        if (words.Length % sizeof(ulong) != 0 || words.Length > MaxArguments * sizeof(ulong)) return false;
        arguments = arguments[..(words.Length / sizeof(ulong))];
        words.CopyTo(MemoryMarshal.AsBytes(arguments));
        return true;
    }
}
