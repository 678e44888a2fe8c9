using Chainring.Offload;

namespace Chainring.Nic.Pcap;

/// <summary>Why a capture cannot be read, or not to its end. Every text of the reader is in this file; each names its byte.</summary>
public static class PcapError
{
    // ── The file header ────────────────────────────────────────────────────────────────────────────────────────────────
    public static InputError EmptyFile(string file) =>
        new("P01", "empty-file", $"{file}: byte 0: the file is empty; a capture begins with a header of 24 bytes");

    public static InputError ShortHeader(string file, int present) =>
        new("P02", "short-header", $"{file}: byte {present}: the file ends inside its header, which has 24 bytes");

    public static InputError BadMagic(string file, ReadOnlySpan<byte> magic) =>
        new("P03", "bad-magic", $"{file}: byte 0: {Convert.ToHexStringLower(magic)} does not begin a pcap file");

    public static InputError IsPcapng(string file) =>
        new("P04", "is-pcapng", $"{file}: byte 0: is a pcapng file; convert with editcap -F pcap");

    public static InputError IsCompressed(string file, string with, string command) =>
        new("P05", "is-compressed", $"{file}: byte 0: is compressed with {with}; decompress with {command}");

    public static InputError UnknownVersion(string file, int major, int minor) =>
        new("P06", "unknown-version", $"{file}: byte 4: is pcap version {major}.{minor}; only version 2 can be read");

    public static InputError OtherLinkType(string file, int linkType) =>
        new("P07", "other-link-type",
            $"{file}: byte 20: holds link type {linkType} ({LinkTypeName(linkType)}); only Ethernet (1) can be run");

    // ── Records ────────────────────────────────────────────────────────────────────────────────────────────────────────
    public static InputError RecordHeaderCut(string file, long offset, int present) =>
        new("P10", "record-header-cut", $"{file}: byte {offset}: the record's header is cut short: {present} of 16 bytes");

    public static InputError RecordDataCut(string file, long offset, int present, uint captured) =>
        new("P11", "record-data-cut", $"{file}: byte {offset}: the record's frame is cut short: {present} of {captured} bytes");

    public static InputError AbsurdLength(string file, long offset, uint captured) =>
        new("P12", "absurd-length",
            $"{file}: byte {offset}: the record claims {captured} captured bytes; the most is {PcapReader.MaxCapturedLength}");

    public static InputError AbsurdFraction(string file, long offset, uint fraction, bool nanoseconds) =>
        new("P13", "absurd-fraction",
            $"{file}: byte {offset}: the record's time has {fraction} {(nanoseconds ? "nano" : "micro")}seconds, a whole second or more");

    /// <summary>The link types that people meet, by the names of the registry at tcpdump.org/linktypes.html.</summary>
    static string LinkTypeName(int linkType) => linkType switch
    {
        0 => "BSD loopback",
        6 => "Token Ring",
        9 => "PPP",
        12 or 14 or 101 => "raw IP",
        104 => "Cisco HDLC",
        105 => "802.11",
        108 => "OpenBSD loopback",
        113 => "Linux cooked, SLL",
        127 => "802.11 with radiotap",
        147 => "user 0",
        187 => "Bluetooth HCI",
        189 or 220 => "Linux USB",
        195 or 230 => "802.15.4",
        228 => "raw IPv4",
        229 => "raw IPv6",
        253 => "netlink",
        276 => "Linux cooked, SLL2",
        _ => "not one that Chainring knows",
    };
}
