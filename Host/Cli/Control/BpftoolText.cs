using System.Globalization;
using System.Text.Json.Nodes;
using Chainring.Host.Driver.Control;

namespace Chainring.Host.Cli.Control;

/// <summary>Maps and programs as bpftool 7 prints them (tools/bpf/bpftool/map.c, prog.c, main.c), in text and in JSON.</summary>
static class BpftoolText
{
    const int BytesOfLine = 16, BytesOfHalf = 8, MostOnOneLine = 24;

    // ── Maps ───────────────────────────────────────────────────────────────────────────────────────────────────────────
    public static void Write(TextWriter output, MapView map)
    {
        output.WriteLine($"{map.Id}: {map.Type}  name {map.Name}  flags 0x{map.Flags:x}  offloaded_to {map.On.Name}");
        output.WriteLine($"\tkey {map.KeySize}B  value {map.ValueSize}B  max_entries {map.MaxEntries}  memlock {map.Memory}B");
        if (map.Frozen) output.WriteLine("\tfrozen");
    }

    public static JsonObject Json(MapView map) => new()
    {
        ["id"] = map.Id,
        ["type"] = map.Type,
        ["name"] = map.Name,
        ["flags"] = map.Flags,
        ["dev"] = Json(map.On),
        ["bytes_key"] = map.KeySize,
        ["bytes_value"] = map.ValueSize,
        ["max_entries"] = map.MaxEntries,
        ["bytes_memlock"] = map.Memory,
        ["frozen"] = map.Frozen ? 1 : 0,
    };

    public static void Write(TextWriter output, MapDumpView dump)
    {
        foreach (var element in dump.Elements) Write(output, dump.Map, element);
        output.WriteLine($"Found {dump.Elements.Count} element{(dump.Elements.Count == 1 ? "" : "s")}");
    }

    public static JsonArray Json(MapDumpView dump) => [.. dump.Elements.Select(e => Json(dump.Map, e))];

    public static void Write(TextWriter output, MapView map, MapElementView element)
    {
        if (element.Values.Count == 0)
        {
            output.WriteLine($"key:\n{Hex(element.Key)}\n\nNot found");
            return;
        }
        if (IsPerCpu(map))
        {
            output.WriteLine($"key:\n{Hex(element.Key)}");
            for (int cpu = 0; cpu < element.Values.Count; cpu++)
                output.WriteLine($"value (CPU {cpu:D2}):{(map.ValueSize > BytesOfLine ? '\n' : ' ')}{Hex(element.Values[cpu])}");
            return;
        }
        bool breaks = map.KeySize > BytesOfLine || map.ValueSize > BytesOfLine;
        char after = breaks ? '\n' : ' ';
        if (element.Key is { Length: > 0 } key) output.Write($"key:{after}{Hex(key)}{(!breaks && map.KeySize + map.ValueSize <= MostOnOneLine ? "  " : "\n")}");
        output.WriteLine($"value:{after}{Hex(element.Values[0])}");
    }

    /// <summary>Null of a key that is not there.</summary>
    public static JsonNode? Json(MapView map, MapElementView element)
    {
        if (element.Values.Count == 0) return null;
        var json = new JsonObject();
        if (element.Key is { Length: > 0 } key) json["key"] = JsonHex(key);
        if (IsPerCpu(map)) json["values"] = new JsonArray([.. element.Values.Select((v, cpu) => new JsonObject { ["cpu"] = cpu, ["value"] = JsonHex(v) })]);
        else json["value"] = JsonHex(element.Values[0]);
        return json;
    }

    // ── Programs ───────────────────────────────────────────────────────────────────────────────────────────────────────
    public static void Write(TextWriter output, ProgramView program)
    {
        output.WriteLine($"{program.Id}: xdp  name {program.Name}  tag {program.Tag}  offloaded_to {program.On.Name}{(program.GplCompatible ? "  gpl" : "")}");
        output.WriteLine($"\txlated {program.BytesXlated}B  not jited{(program.Maps.Count > 0 ? "  map_ids " + string.Join(',', program.Maps) : "")}");
    }

    public static JsonObject Json(ProgramView program)
    {
        var json = new JsonObject
        {
            ["id"] = program.Id,
            ["type"] = "xdp",
            ["name"] = program.Name,
            ["tag"] = program.Tag,
            ["gpl_compatible"] = program.GplCompatible,
            ["dev"] = Json(program.On),
            ["bytes_xlated"] = program.BytesXlated,
            ["jited"] = false,
        };
        if (program.Maps.Count > 0) json["map_ids"] = new JsonArray([.. program.Maps.Select(id => JsonValue.Create(id))]);
        return json;
    }

    public static void Write(TextWriter output, CodeView code)
    {
        foreach (var line in code.Lines)
        {
            if (line.Source is { } source) output.WriteLine($"; {source}");
            output.WriteLine($"{line.Slot,4}: {line.Text}");
        }
    }

    public static JsonArray Json(CodeView code)
    {
        return [.. code.Lines.Select(Json)];

        static JsonObject Json(CodeLineView line)
        {
            var json = new JsonObject();
            if (line.Source is { } source) json["src"] = source;
            json["disasm"] = line.Text;
            return json;
        }
    }

    static JsonObject Json(PortView port) => new() { ["ifindex"] = port.Ifindex, ["ifname"] = port.Name };

    static bool IsPerCpu(MapView map) => map.Type.Contains("percpu", StringComparison.Ordinal);

    /// <summary>Sixteen bytes a line, in two halves.</summary>
    static string Hex(string? digits) => string.Concat((digits ?? "").Chunk(2).Select((pair, n) =>
        (n == 0 ? "" : n % BytesOfLine == 0 ? "\n" : n % BytesOfHalf == 0 ? "  " : " ") + new string(pair)));

    static JsonArray JsonHex(string digits) => [.. digits.Chunk(2).Select(pair => JsonValue.Create("0x" + new string(pair)))];

    /// <summary>Bytes as bpftool reads them, <c>0 53</c>, <c>0x00 0x35</c> or, after <c>hex</c>, <c>00 35</c>: as hex digits; null if one is none.</summary>
    public static string? ReadBytes(IEnumerable<string> words, bool hex, out string bad)
    {
        var digits = new System.Text.StringBuilder();
        bad = "";
        foreach (string word in words)
        {
            bool prefixed = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
            var style = hex || prefixed ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
            if (!byte.TryParse(prefixed ? word[2..] : word, style, CultureInfo.InvariantCulture, out byte value))
            {
                bad = word;
                return null;
            }
            digits.Append(value.ToString("x2", CultureInfo.InvariantCulture));
        }
        return digits.ToString();
    }
}
