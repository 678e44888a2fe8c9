using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Chainring.Host.Driver.Control;
using Chainring.Offload;

namespace Chainring.Host.Cli.Control;

/// <summary><c>chainring map</c>, as <c>bpftool map</c>.</summary>
static class MapCommand
{
    const string MapWords = "id N, name NAME, or NAME, which may be STAGE.NAME";

    static readonly Argument<string[]> Map = new("MAP") { Description = MapWords, Arity = new(1, 2) };
    static readonly Argument<string[]> MapKey = new("MAP key DATA") { Description = $"{MapWords}; DATA is bytes as they lie in memory, such as 0 53, or hex 00 35", Arity = new(1, 100_000) };
    static readonly Argument<string[]> MapKeyValue = new("MAP key DATA value DATA [any|exist|noexist]") { Description = MapKey.Description, Arity = new(1, 100_000) };

    public static Command Create() => new("map", "The maps of a running card, in bpftool's words")
    {
        List("list"), List("show", hidden: true),
        ToCard.Command("dump", "Print a map's contents", line => Named(line, "map-dump", Map),
            ToCard.Show<MapDumpView>(dump => ToCard.WriteJson(BpftoolText.Json(dump)), dump => BpftoolText.Write(Console.Out, dump)), Map),
        ToCard.Command("lookup", "Print an entry", line => Named(line, "map-lookup", MapKey), ShowLookup, MapKey),
        ToCard.Command("update", "Set an entry", line => Named(line, "map-update", MapKeyValue), ShowNothing, MapKeyValue),
        ToCard.Command("delete", "Take an entry out", line => Named(line, "map-delete", MapKey), ShowNothing, MapKey),
    };

    static Command List(string name, bool hidden = false)
    {
        var command = ToCard.Command(name, "List all maps", _ => ToCard.Request("map-list"), ToCard.Show<MapView[]>(
            maps => ToCard.WriteJson(new JsonArray([.. maps.Select(BpftoolText.Json)])), maps => Array.ForEach(maps, map => BpftoolText.Write(Console.Out, map))));
        command.Hidden = hidden;
        return command;
    }

    /// <summary>Reads <c>MAP [key DATA] [value DATA] [FLAGS]</c>.</summary>
    static Result<ControlRequest> Named(ParseResult line, string command, Argument<string[]> argument)
    {
        var words = new Queue<string>(line.GetValue(argument)!);
        var request = ToCard.Request(command);
        string first = words.Dequeue();
        if (first is "id" or "name" && words.Count > 0)
        {
            string which = words.Dequeue();
            if (first == "name") request = request with { Name = which };
            else if (uint.TryParse(which, CultureInfo.InvariantCulture, out uint id)) request = request with { Id = id };
            else return UsageError.MapWords($"can't parse {which} as ID");
        }
        else request = request with { Name = first };

        bool needsKey = argument != Map, needsValue = argument == MapKeyValue;
        while (words.TryDequeue(out string? word))
        {
            if (word is "any" or "exist" or "noexist" && needsValue && words.Count == 0)
            {
                request = request with { Flags = word };
                continue;
            }
            if (!(word == "key" && needsKey) && !(word == "value" && needsValue)) return UsageError.MapWords($"expected {(needsValue ? "key or value" : needsKey ? "key" : "nothing more")}, got: {word}");
            bool hex = words.TryPeek(out string? next) && next == "hex";
            if (hex) words.Dequeue();
            var bytes = new List<string>();
            while (words.TryPeek(out next) && next is not ("key" or "value" or "any" or "exist" or "noexist")) bytes.Add(words.Dequeue());
            if (BpftoolText.ReadBytes(bytes, hex, out string bad) is not { } digits) return UsageError.MapWords($"error parsing byte: {bad}");
            request = word == "key" ? request with { Key = digits } : request with { Value = digits };
        }
        if (needsKey && request.Key is null) return UsageError.MapWords("did not find key");
        return needsValue && request.Value is null ? UsageError.MapWords("did not find value") : request;
    }

    /// <summary>A key that is not there is said in bpftool's way, and refused.</summary>
    static int ShowLookup(ParseResult line, JsonElement result)
    {
        var found = ControlProtocol.Read<MapLookupView>(result);
        if (line.GetValue(ToCard.Json)) ToCard.WriteJson(BpftoolText.Json(found.Map, found.Element));
        else BpftoolText.Write(Console.Out, found.Map, found.Element);
        return found.Element.Values.Count > 0 ? ExitCode.Done : ExitCode.Refused;
    }

    static readonly Func<ParseResult, JsonElement, int> ShowNothing = ToCard.Show<object?>(_ => ToCard.WriteJson(null), _ => { });
}
