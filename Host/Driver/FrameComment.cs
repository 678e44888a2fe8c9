using System.Buffers.Text;
using System.Text;
using Chainring.Kernels;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver;

/// <summary>
/// The comment of a frame in a capture: its verdict, after a colon what is known of why or whereto, and after a semicolon the programs that ran
/// on it, as in <c>aborted: packet-out-of-bounds; firewall</c> and <c>redirect: ifindex 3; firewall > router</c>. Allocates nothing per frame.
/// </summary>
sealed class FrameComment(ProgramNames programs)
{
    /// <summary>Programs whose names would go beyond are an ellipsis, for which there is a reserve.</summary>
    const int LongestText = 4096, Reserve = 8;

    readonly byte[] _text = new byte[LongestText];
    int _used;

    /// <param name="target">Where this copy of the frame goes, for a redirect.</param>
    /// <param name="path">Ids of the programs that ran.</param>
    /// <returns>Valid until the next one.</returns>
    public ReadOnlySpan<byte> Of(Verdict verdict, RedirectTarget target, ReadOnlySpan<uint> path)
    {
        _used = 0;
        Append(Names.Of(verdict.Action));
        if (verdict.Action == XdpAction.Aborted) Append(": ", Aborts.NameOf(verdict.Reason));
        if (verdict.Action == XdpAction.Redirect) AppendTarget(target);
        bool fits = true;
        for (int n = 0; n < path.Length && fits; n++) fits = TryAppend(n == 0 ? "; " : " > ", programs[path[n]]);
        return _text.AsSpan(0, _used);
    }

    /// <summary>Appends a program; false if there is an ellipsis instead.</summary>
    bool TryAppend(string separator, string name)
    {
        Append(separator);
        var room = _text.AsSpan(_used, Math.Max(0, LongestText - Reserve - _used));
        bool fits = Encoding.UTF8.TryGetBytes(name, room, out int bytes);
        if (fits) _used += bytes;
        else Append("...");
        return fits;
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
