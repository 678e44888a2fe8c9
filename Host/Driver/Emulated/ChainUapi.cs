namespace Chainring.Host.Driver.Emulated;

/// <summary>The numbers of what Linux has not: they lie clear of its own, now and for a long time.</summary>
public static class ChainUapi
{
    /// <summary>BPF_MAP_TYPE_XDP_CHAIN: key u32, value 20 or 24 bytes (<see cref="Nic.ChainEntry"/>).</summary>
    public const int MapType = 1000;

    /// <summary>Its name in tools.</summary>
    public const string MapTypeName = "xdp_chain";

    /// <summary>IFLA_XDP_CHAIN_MAP_FD, s32: the table to install with the program; negative for none.</summary>
    public const int MapFdAttribute = 1000;

    /// <summary>IFLA_XDP_CHAIN_MAP_ID, u32, in dumps: the table that is installed, for each slot that has one, in the order of program ids.</summary>
    public const int MapIdAttribute = 1001;

    /// <summary>IFLA_XDP_CHAIN_EXPECTED_REVISION, u64: that the installed table must have, 0 for no table; else ESTALE.</summary>
    public const int ExpectedRevisionAttribute = 1002;

    /// <summary>
    /// IFLA_XDP_CHAIN_END, s32 and u32: the descriptor of the last program, and the codes of it (bit n for code n) that become PASS when the chain ends with it, as
    /// libxdp has it. Only with a table to install, with which it goes. In dumps with the program's id, behind the tables, for each slot that has it.
    /// </summary>
    public const int EndAttribute = 1003;

    /// <summary>Bytes of that attribute.</summary>
    public const int EndBytes = 8;
}
