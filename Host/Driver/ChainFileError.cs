using Chainring.Offload;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver;

/// <summary>What can be wrong with what a chain file or a map entry means. Every such text is in this file; each begins with file and line.</summary>
public static class ChainFileError
{
    public static InputError NoSuchMember(string where, string name, IEnumerable<string> members) =>
        new("Y06", "no-such-program", $"{where}: there is no program '{name}'; there are {string.Join(", ", members)}");

    public static InputError Cycle(string where, IEnumerable<string> path) =>
        new("Y07", "cycle", $"{where}: this edge closes a cycle: {string.Join(" -> ", path)}");

    /// <summary>What is wrong with an object, or why its program is rejected, and where the chain file names it.</summary>
    public static Problem BadObject(string where, Problem problem) => problem with { Sentence = $"{where}: {problem.Sentence}" };

    public static InputError NoSuchMap(string where, string name, IEnumerable<string> maps) =>
        new("Y10", "no-such-map", $"{where}: there is no map '{name}'; there are {string.Join(", ", maps.DefaultIfEmpty("none"))}");

    public static InputError WhichMap(string where, string name, IEnumerable<string> maps) =>
        new("Y11", "which-map", $"{where}: several programs have a map '{name}'; say which: {string.Join(", ", maps)}");

    public static InputError NotHex(string where, string what, string text) =>
        new("Y12", "not-hex", $"{where}: the {what} '{text}' is not pairs of hex digits");

    public static InputError WrongLength(string where, string what, int bytes, string map, int expected) =>
        new("Y13", "wrong-length", $"{where}: the {what} is {bytes} {(bytes == 1 ? "byte" : "bytes")} long, and map {map} needs {expected}");

    public static InputError EntryRefused(string where, string map, int errno) =>
        new("Y14", "entry-refused", $"{where}: map {map} refuses the entry: {ErrnoText.Of(errno)}");

    public static InputError MapWithoutSize(string source, MapSpec map) =>
        new("Y18", "map-without-size",
            $"{source}: map {map.Name} has no max_entries: whoever loads the program must give it; say --map-size {map.Name}=N, or map-sizes: {{ {map.Name}: N }} in the chain file");

    public static InputError SizeOfData(string where, string map) =>
        new("Y19", "size-of-data", $"{where}: {map} is global data, whose size its program knows");

    public static InputError UnreadableConfig(string path, string why) =>
        new("Y20", "unreadable-config", $"--kconfig {path}: neither NAME=VALUE nor a file that can be read: {why}");

    public static InputError OrderAndEdges(string where) =>
        new("Y15", "order-and-edges", $"{where}: give either 'entry' and 'edges', or 'priority' and 'actions' of each program");
}
