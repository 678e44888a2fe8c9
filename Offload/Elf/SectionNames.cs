namespace Chainring.Offload.Elf;

/// <summary>
/// The program types that libbpf reads from section names. A program whose section says nothing is taken for XDP, because many
/// objects use names of their own (<c>prog</c>, <c>2/1</c>).
/// </summary>
static class SectionNames
{
    /// <summary>In libbpf's spelling: <c>name+</c> matches <c>name</c> and <c>name/…</c>, any other name only itself.</summary>
    static readonly string[] OtherTypes =
    [
        "socket", "sk_reuseport/migrate", "sk_reuseport",
        "kprobe+", "uprobe+", "uprobe.s+", "kretprobe+", "uretprobe+", "uretprobe.s+",
        "kprobe.multi+", "kretprobe.multi+", "kprobe.session+",
        "uprobe.multi+", "uretprobe.multi+", "uprobe.session+", "uprobe.multi.s+", "uretprobe.multi.s+", "uprobe.session.s+",
        "ksyscall+", "kretsyscall+", "usdt+", "usdt.s+",
        "tc/ingress", "tc/egress", "tcx/ingress", "tcx/egress", "tc", "classifier", "action", "netkit/primary", "netkit/peer",
        "tracepoint+", "tp+", "raw_tracepoint+", "raw_tp+", "raw_tracepoint.w+", "raw_tp.w+", "tp_btf+",
        "fentry+", "fmod_ret+", "fexit+", "fsession+", "fentry.s+", "fmod_ret.s+", "fexit.s+", "fsession.s+", "freplace+",
        "lsm+", "lsm.s+", "lsm_cgroup+", "iter+", "iter.s+", "syscall", "perf_event",
        "lwt_in", "lwt_out", "lwt_xmit", "lwt_seg6local",
        "sockops", "sk_skb/stream_parser", "sk_skb/stream_verdict", "sk_skb/verdict", "sk_skb", "sk_msg", "lirc_mode2", "flow_dissector",
        "cgroup_skb/ingress", "cgroup_skb/egress", "cgroup/skb", "cgroup/sock_create", "cgroup/sock_release", "cgroup/sock",
        "cgroup/post_bind4", "cgroup/post_bind6", "cgroup/bind4", "cgroup/bind6",
        "cgroup/connect4", "cgroup/connect6", "cgroup/connect_unix", "cgroup/sendmsg4", "cgroup/sendmsg6", "cgroup/sendmsg_unix",
        "cgroup/recvmsg4", "cgroup/recvmsg6", "cgroup/recvmsg_unix",
        "cgroup/getpeername4", "cgroup/getpeername6", "cgroup/getpeername_unix",
        "cgroup/getsockname4", "cgroup/getsockname6", "cgroup/getsockname_unix",
        "cgroup/sysctl", "cgroup/getsockopt", "cgroup/setsockopt", "cgroup/dev",
        "struct_ops+", "struct_ops.s+", "sk_lookup", "netfilter",
    ];

    /// <summary>The name, without plus sign, under which libbpf knows the section as another type than XDP; null if it does not.</summary>
    public static string? OtherTypeOf(string section)
    {
        foreach (var name in OtherTypes)
        {
            if (name[^1] != '+')
            {
                if (section == name) return name;
                continue;
            }
            var prefix = name.AsSpan(0, name.Length - 1);
            if (section.AsSpan().StartsWith(prefix) && (section.Length == prefix.Length || section[prefix.Length] == '/'))
                return prefix.ToString();
        }
        return null;
    }

    /// <summary>Without libbpf's leading question mark, which only says that a program is not to be loaded unasked.</summary>
    public static string Plain(string section) => section.StartsWith('?') ? section[1..] : section;
}
