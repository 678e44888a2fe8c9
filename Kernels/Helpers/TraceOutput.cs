using System.Runtime.InteropServices;

namespace Chainring.Kernels.Helpers;

/// <summary>What <c>bpf_trace_printk</c> and <c>bpf_trace_vprintk</c> print goes where other events go (kernel/trace/bpf_trace.c).</summary>
static class TraceOutput
{
    const int MaxArguments = 12;

    public static long Three(ref HelperCall call)
    {
        Span<ulong> arguments = [call.R3, call.R4, call.R5];
        return Print(ref call, arguments);
    }

    public static long Many(ref HelperCall call)
    {
        if (call.R4 % sizeof(ulong) != 0 || call.R4 > MaxArguments * sizeof(ulong)) return -Errno.Invalid;
        Span<ulong> arguments = stackalloc ulong[call.Memory2.Length / sizeof(ulong)];
        call.Memory2.CopyTo(MemoryMarshal.AsBytes(arguments));
        return Print(ref call, arguments);
    }

    /// <summary>The length of the text, whether there is room for it or not, or a negative errno.</summary>
    static long Print(ref HelperCall call, scoped ReadOnlySpan<ulong> arguments)
    {
        var text = new TraceText(stackalloc byte[TraceText.MaxBytes], in call.Memory);
        int error = text.Format(call.Memory1, arguments);
        if (error != 0) return error;
        call.Environment.Events.TryAppend(EventKind.Trace, call.Frame, call.Program.Id, map: 0, text.Written);
        return text.Length;
    }
}
