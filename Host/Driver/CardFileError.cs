using Chainring.Nic;
using Chainring.Offload;

namespace Chainring.Host.Driver;

/// <summary>What can be wrong with what a card file means. Every such text is in this file; each begins with file and line.</summary>
public static class CardFileError
{
    public static InputError IfindexTwice(string where, uint ifindex, string other) =>
        new("Y30", "ifindex-twice", $"{where}: port '{other}' has ifindex {ifindex} already");

    public static InputError TooMuchMemory(string where, long buffers, long most) =>
        new("Y31", "too-much-memory", $"{where}: rings and batches of all queues need {buffers:N0} buffers of 4 KiB, and a card has at most {most:N0}; give smaller 'ring' or 'batch', or fewer 'queues', or an 'mtu' of at most {PortConfig.DefaultMtu}, with which a frame needs only one");

    public static InputError OneKind(string where, IEnumerable<string> kinds) =>
        new("Y32", "one-wire", $"{where}: a wire is one of {string.Join(", ", kinds)}");

    public static InputError NoWire(string where, Problem why) => new("Y33", "no-wire", $"{where}: {why.Sentence}");

    public static InputError Endless(string where, string port) =>
        new("Y34", "endless-wire", $"{where}: the wire of port '{port}' never ends, and 'chainring run' runs to the end; use 'chainring up', or give a generator 'frames'");

    public static InputError Shape(string where, string text) =>
        new("Y35", "traffic", $"{where}: '{text}' is no kind of frame; there are plain, arp, udp4, tcp4, icmp4, udp6, tcp6, icmp6, each also with +vlan, +qinq, +fragments");

    public static InputError NoSuchPort(string where, string name, IEnumerable<string> ports) =>
        new("Y37", "no-such-port", $"{where}: there is no port '{name}'; there are {string.Join(", ", ports)}");

    public static InputError WhichPort(string where, string address) =>
        new("Y38", "which-port", $"{where}: no port has an address in the network of {address}; say which 'port' it is behind");

    public static InputError OtherVersion(string where, string address, string prefix) =>
        new("Y39", "other-version", $"{where}: {address} is not of the IP version of {prefix}");

    public static InputError SocketTwice(string where, string local) =>
        new("Y40", "socket-twice", $"{where}: a packet for {local} could be for an earlier socket of the list as well");

    public static InputError AnyAddress(string where, string key) =>
        new("Y41", "any-address", $"{where}: the '{key}' address of a connection is one, and not any");

    public static InputError Size(string where, string text) =>
        new("Y36", "frame-size", $"{where}: a frame size is imix, a number of bytes from 14 to 9022, or two with a dash between, not '{text}'");
}
