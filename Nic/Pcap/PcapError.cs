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
        new("P03", "bad-magic", $"{file}: byte 0: {Convert.ToHexStringLower(magic)} does not begin a pcap or pcapng file");

    public static InputError IsCompressed(string file, string with, string command) =>
        new("P05", "is-compressed", $"{file}: byte 0: is compressed with {with}; decompress with {command}");

    public static InputError UnknownVersion(string file, int major, int minor) =>
        new("P06", "unknown-version", $"{file}: byte 4: is pcap version {major}.{minor}; only version 2 can be read");

    public static InputError OtherLinkType(string file, int linkType) =>
        new("P07", "other-link-type",
            $"{file}: byte 20: holds link type {linkType} ({LinkTypeName(linkType)}); only Ethernet (1) can be run");

    public static InputError GzipCut(string file, long offset) =>
        new("P08", "gzip-cut", $"{file}: byte {offset}: the file ends inside its gzip data");

    public static InputError GzipDamaged(string file, long offset) =>
        new("P09", "gzip-damaged", $"{file}: byte {offset}: the gzip data is damaged, here or shortly after");

    // ── Records ────────────────────────────────────────────────────────────────────────────────────────────────────────
    public static InputError RecordHeaderCut(string file, long offset, int present) =>
        new("P10", "record-header-cut", $"{file}: byte {offset}: the record's header is cut short: {present} of 16 bytes");

    public static InputError RecordDataCut(string file, long offset, int present, uint captured) =>
        new("P11", "record-data-cut", $"{file}: byte {offset}: the record's frame is cut short: {present} of {captured} bytes");

    public static InputError AbsurdLength(string file, long offset, uint captured) =>
        new("P12", "absurd-length",
            $"{file}: byte {offset}: the record claims {captured} captured bytes; the most is {CaptureReader.MaxCapturedLength}");

    public static InputError AbsurdFraction(string file, long offset, uint fraction, bool nanoseconds) =>
        new("P13", "absurd-fraction",
            $"{file}: byte {offset}: the record's time has {fraction} {(nanoseconds ? "nano" : "micro")}seconds, a whole second or more");

    // ── Blocks of pcapng ───────────────────────────────────────────────────────────────────────────────────────────────
    public static InputError BlockHeaderCut(string file, long offset, int present, int whole) =>
        new("P20", "block-header-cut", $"{file}: byte {offset}: the block's header is cut short: {present} of {whole} bytes");

    public static InputError BlockTooShort(string file, long offset, string block, uint length, uint least) =>
        new("P21", "block-too-short", $"{file}: byte {offset}: the {block} claims to be {length} bytes long; the least is {least}");

    public static InputError OddBlockLength(string file, long offset, string block, uint length) =>
        new("P22", "odd-block-length", $"{file}: byte {offset}: the {block} claims to be {length} bytes long, which is no multiple of 4");

    public static InputError BlockCut(string file, long offset, string block, long present, uint length) =>
        new("P23", "block-cut", $"{file}: byte {offset}: the {block} is cut short: {present} of {length} bytes");

    public static InputError BlockLengthsDiffer(string file, long offset, string block, uint first, uint last) =>
        new("P24", "block-lengths-differ", $"{file}: byte {offset}: the {block} claims {first} bytes at its beginning and {last} at its end");

    public static InputError BadByteOrder(string file, long offset, ReadOnlySpan<byte> magic) =>
        new("P25", "bad-byte-order", $"{file}: byte {offset}: the section's byte-order magic is {Convert.ToHexStringLower(magic)}");

    public static InputError UnknownSectionVersion(string file, long offset, int major, int minor) =>
        new("P26", "unknown-section-version", $"{file}: byte {offset}: the section is of pcapng version {major}.{minor}; only 1.0 and 1.2 can be read");

    public static InputError OptionTooLong(string file, long offset, int option, int length, uint room) =>
        new("P27", "option-too-long",
            $"{file}: byte {offset}: option {option} of the interface description claims {length} bytes; its block has {room} more");

    public static InputError BadOptionLength(string file, long offset, string option, int length, int right) =>
        new("P28", "bad-option-length", $"{file}: byte {offset}: the interface's {option} has {length} bytes instead of {right}");

    public static InputError TooManyInterfaces(string file, long offset) =>
        new("P29", "too-many-interfaces", $"{file}: byte {offset}: the section describes more than {PcapngReader.MaxInterfaces} interfaces");

    public static InputError UnknownInterface(string file, long offset, uint number, int known) =>
        new("P30", "unknown-interface", $"{file}: byte {offset}: the frame is of interface {number}; its section has described {known} so far");

    public static InputError OtherInterface(string file, long offset, uint number, string? interfaceName, int linkType) =>
        new("P31", "other-interface",
            $"{file}: byte {offset}: the frame is of interface {number}{(interfaceName is null ? "" : $" ({interfaceName})")}, "
            + $"whose link type is {linkType} ({LinkTypeName(linkType)}); only Ethernet (1) can be run");

    public static InputError FrameBeyondBlock(string file, long offset, string block, uint captured, uint room) =>
        new("P32", "frame-beyond-block", $"{file}: byte {offset}: the {block} claims {captured} captured bytes and has room for {room}");

    public static InputError AbsurdTime(string file, long offset) =>
        new("P33", "absurd-time", $"{file}: byte {offset}: the frame's time is before 1970 or after 2106-02-07");

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
