namespace Chainring.Offload.Isa;

/// <summary>
/// Helpers and kfuncs that Linux has for XDP programs and that need what no card has, with the reason: a refusal of a program gives it. What else cards lack is
/// only not there yet.
/// </summary>
public static class KernelOnly
{
    const string ConnectionTracker = "which asks the host's connection tracker (nf_conntrack), and a card has none; keep connections in a map instead";
    const string IpsecStates = "which asks the host's IPsec states, and a card has none";
    const string Structure = "which gives a structure of the running kernel, and a card has no kernel; a looked-up socket has the fields of struct bpf_sock";

    static readonly Dictionary<string, string> Reasons = new()
    {
        ["bpf_skc_to_tcp6_sock"] = Structure,
        ["bpf_skc_to_tcp_sock"] = Structure,
        ["bpf_skc_to_tcp_timewait_sock"] = Structure,
        ["bpf_skc_to_tcp_request_sock"] = Structure,
        ["bpf_skc_to_udp6_sock"] = Structure,
        ["bpf_skc_to_unix_sock"] = Structure,
        ["bpf_skc_to_mptcp_sock"] = Structure,

        ["bpf_xdp_ct_lookup"] = ConnectionTracker,
        ["bpf_xdp_ct_alloc"] = ConnectionTracker,
        ["bpf_ct_insert_entry"] = ConnectionTracker,
        ["bpf_ct_release"] = ConnectionTracker,
        ["bpf_ct_set_timeout"] = ConnectionTracker,
        ["bpf_ct_change_timeout"] = ConnectionTracker,
        ["bpf_ct_set_status"] = ConnectionTracker,
        ["bpf_ct_change_status"] = ConnectionTracker,
        ["bpf_ct_set_nat_info"] = ConnectionTracker,

        ["bpf_xdp_get_xfrm_state"] = IpsecStates,
        ["bpf_xdp_xfrm_state_release"] = IpsecStates,
    };

    public static IEnumerable<string> Names => Reasons.Keys;

    /// <summary>Why no card has a helper or kfunc, to follow its name in a sentence; null for one of which that cannot be said.</summary>
    public static string? Why(string name) => Reasons.GetValueOrDefault(name);
}
