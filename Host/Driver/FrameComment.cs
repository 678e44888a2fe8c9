using System.Buffers.Text;
using System.Text;
using Chainring.Kernels;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver;

/// <summary>
/// The comment of a frame in a capture: its verdict, and after a colon what is known of why or whereto, as in
/// <c>aborted: packet-out-of-bounds</c> and <c>redirect: ifindex 3</c>. Allocates nothing per frame.
/// </summary>
sealed class FrameComment
{
    readonly byte[] _text = new byte[128];
    int _used;

    /// <param name="target">Where this copy of the frame goes, for a redirect.</param>
    /// <returns>Valid until the next one.</returns>
    public ReadOnlySpan<byte> Of(Verdict verdict, RedirectTarget target)
    {
        _used = 0;
        Append(Names.Of(verdict.Action));
        if (verdict.Action == XdpAction.Aborted) Append(": ", Aborts.NameOf(verdict.Reason));
        if (verdict.Action == XdpAction.Redirect) AppendTarget(target);
        return _text.AsSpan(0, _used);
    }

    void AppendTarget(RedirectTarget target)
    {
        Append(": ", WordOf(target.Kind), " ");
        Utf8Formatter.TryFormat(target.Number, _text.AsSpan(_used), out int digits);
        _used += digits;
    }

    void Append(params ReadOnlySpan<string> words)
    {
        foreach (string word in words) _used += Encoding.ASCII.GetBytes(word, _text.AsSpan(_used));
    }

    static string WordOf(RedirectKind kind) => kind switch
    {
        RedirectKind.Interface => "ifindex",
        RedirectKind.Cpu => "cpu",
        RedirectKind.Socket => "xsk",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
