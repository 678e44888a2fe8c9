using System.Globalization;
using Chainring.Kernels.Maps;
using Chainring.Offload.Ir;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.OpenCl;

/// <summary>What programs do with maps.</summary>
sealed partial class DeviceEmitter
{
    static bool IsArray(IrMap map) => map.Spec.Type is MapType.Array or MapType.PerCpuArray;

    bool IsHash(IrMap map) => HasArray(map, "keys");

    static bool IsLru(IrMap map) => map.Spec.Type is MapType.LruHash or MapType.LruPerCpuHash;

    bool HasArray(IrMap map, string name) => _arrays.Contains(new(map, name));

    ArrayArgument Use(IrMap map, string name)
    {
        var argument = new ArrayArgument(map, name);
        if (!_arrays.Contains(argument)) _arrays.Add(argument);
        return argument;
    }

    string ArrayName(ArrayArgument array) => string.Create(CultureInfo.InvariantCulture, $"m{_memory.NumberOf(array.Map)}_{array.Name}");

    static string TypeOf(string array) => array switch
    {
        "values" or "keys" => "uchar",
        "buckets" or "entries" => "ulong",
        "linked" or "slots" => "uint",
        "state" => "long",
        _ => "int",
    };

    /// <summary>What the prelude works on a hash with.</summary>
    void HashConstant(IrMap map)
    {
        int number = _memory.NumberOf(map), slots = map.Spec.MaxEntries + 1;
        uint buckets = System.Numerics.BitOperations.RoundUpToPowerOf2((uint)slots);
        bool hasLocks = HasLocks(map);
        string Of(string name, string type, int skip = 0) => HasArray(map, name) ? $"m{number}_{name}{(skip > 0 ? $" + {skip}" : "")}" : $"(global {type} *)0";
        Line("", string.Create(CultureInfo.InvariantCulture,
            $"// {map.Spec.Name}\nconst hash_map m{number} = {{ {Of("keys", "uchar")}, {Of("buckets", "ulong")}, {Of("next", "int")}, {Of("linked", "uint")}, {Of("free", "int")}, {Of("lock", "int", MapLock.WordAt)}, {Of("older", "int")}, {Of("newer", "int")}, {Of("locks", "int")}, {Of("values", "uchar")}, {map.Spec.KeySize}, {map.Spec.ValueSize}, {map.Stride}, {slots}, {buckets - 1}, {map.Cpus}, {(hasLocks ? map.Spec.LockOffset!.Value : -1)}, {(map.Spec.Type is MapType.PerCpuHash or MapType.LruPerCpuHash or MapType.DevMapHash ? "true" : "false")}, {(IsLru(map) ? "true" : "false")} }};"));
    }

    static bool HasLocks(IrMap map) => map.Spec is { LockOffset: not null, Type: MapType.Array or MapType.Hash };

    void PrefixConstant(IrMap map)
    {
        int n = _memory.NumberOf(map);
        Line("", $"// {map.Spec.Name}\nconst prefix_tree m{n} = {{ m{n}_nodes, m{n}_state, {PrefixTree.NodeWords(map.Spec.KeySize - 4)}, {map.Spec.KeySize - 4} }};");
    }

    string Key32(Node argument) => $"(uint){Load(argument, 0, Offload.Isa.AccessSize.Word, _memory.Of(argument))}";

    /// <summary>The id of the map that is there, or 0.</summary>
    void LookupMap(Node node, IrMap map, string indent)
    {
        string inner = indent + Tab;
        Line(indent, "{");
        if (map.Spec.Type == MapType.ArrayOfMaps)
        {
            Line(inner, $"const uint key = {Key32(node.Inputs[1])};");
            Line(inner, string.Create(CultureInfo.InvariantCulture, $"{Name(node)} = key < {map.Spec.MaxEntries} ? {ArrayName(Use(map, "slots"))}[key] : 0;"));
        }
        else
        {
            string key = Private(node.Inputs[1], map.Spec.KeySize, "key", inner);
            Line(inner, $"const int slot = {Find(map)}(&m{_memory.NumberOf(map)}, {key});");
            Line(inner, string.Create(CultureInfo.InvariantCulture, $"{Name(node)} = slot < 0 ? 0 : LOAD(global, u32, {ArrayName(Use(map, "values"))} + (ulong)(uint)slot * {map.Stride});"));
        }
        Line(indent, "}");
    }

    void Lookup(Node node, IrMap map, string indent)
    {
        if (map.Spec.Inner is not null)
        {
            LookupMap(node, map, indent);
            return;
        }
        Use(map, "values");
        int number = _memory.NumberOf(map);
        string to = Name(node), cpu = map.Cpus == 1 ? "" : node.Row!.Id == 195 ? " + (uint)" + Value(node.Inputs[2]) : " + cpu";
        string Value32(string slot) => string.Create(CultureInfo.InvariantCulture, $"AT_MAP({number}) + ((ulong){slot}{(map.Cpus == 1 ? "" : $" * {map.Cpus}")}{cpu}) * {map.Stride}");
        Line(indent, "{");
        string inner = indent + Tab;
        if (node.Row!.Id == 195) Line(inner, string.Create(CultureInfo.InvariantCulture, $"if ((uint){Value(node.Inputs[2])} >= {map.Cpus}) {to} = 0; else"));
        if (IsArray(map) || map.Spec.Type is MapType.DevMap or MapType.XskMap)
        {
            Line(inner, "{");
            Line(inner, $"const uint key = {Key32(node.Inputs[1])};");
            string there = IsArray(map) ? "" : $" && {ArrayName(Use(map, "entries"))}[key] >> 32 != 0";
            Line(inner, string.Create(CultureInfo.InvariantCulture, $"{to} = key < {map.Spec.MaxEntries}{there} ? {Value32("key")} : 0;"));
            Line(inner, "}");
        }
        else
        {
            Line(inner, "{");
            string key = Private(node.Inputs[1], map.Spec.KeySize, "key", inner);
            Line(inner, $"const int slot = {Find(map)}(&m{number}, {key});");
            Line(inner, $"{to} = slot < 0 ? 0 : {Value32("(uint)slot")};");
            Line(inner, "}");
        }
        Line(indent, "}");
    }

    /// <summary>The function of the prelude that finds keys of a map, which needs its arrays.</summary>
    string Find(IrMap map)
    {
        if (map.Spec.Type == MapType.LpmTrie)
        {
            _parts.Add("prefixes");
            foreach (string array in (string[])["nodes", "state"]) Use(map, array);
            return "prefix_find";
        }
        _parts.UnionWith(["hash", "lock"]);
        foreach (string array in (string[])["values", "keys", "buckets", "next"]) Use(map, array);
        if (!IsLru(map)) return "hash_find";
        _parts.Add("hash-lru");
        foreach (string array in (string[])["lock", "older", "newer"]) Use(map, array);
        return "hash_use";
    }

    /// <summary>An update or a delete.</summary>
    void Change(Node node, IrMap map, string indent)
    {
        int number = _memory.NumberOf(map);
        bool updates = node.Row!.Id == 2;
        string to = Name(node), inner = indent + Tab;
        Line(indent, "{");
        if (IsArray(map))
        {
            if (updates) UpdateArray(node, map, inner);
            else Line(inner, $"{to} = (ulong)-EINVAL;");
        }
        else
        {
            Find(map);
            _parts.UnionWith(["hash-lru", "hash-write"]);
            foreach (string array in (string[])["linked", "free", "lock"]) Use(map, array);
            if (HasLocks(map)) Use(map, "locks");
            string key = Private(node.Inputs[1], map.Spec.KeySize, "key", inner);
            if (updates)
            {
                string value = Private(node.Inputs[2], map.Spec.ValueSize, "value", inner);
                Line(inner, $"{to} = hash_update(&m{number}, {key}, {value}, {Value(node.Inputs[3])}, cpu);");
            }
            else
            {
                Line(inner, $"{to} = hash_delete(&m{number}, {key});");
            }
        }
        Line(indent, "}");
    }

    void UpdateArray(Node node, IrMap map, string indent)
    {
        string to = Name(node), values = ArrayName(Use(map, "values"));
        int number = map.Spec.MaxEntries, size = map.Spec.ValueSize;
        Line(indent, $"const uint key = {Key32(node.Inputs[1])};");
        Line(indent, $"const ulong flags = {Value(node.Inputs[3])};");
        string value = Private(node.Inputs[2], size, "value", indent);
        Line(indent, string.Create(CultureInfo.InvariantCulture, $"{to} = (flags & ~4UL) > 2 ? (ulong)-EINVAL : key >= {number} ? (ulong)-E2BIG : (flags & 1) != 0 ? (ulong)-EEXIST : {(HasLocks(map) ? "0" : "(flags & 4) != 0 ? (ulong)-EINVAL : 0")};"));
        Line(indent, $"if ({to} == 0)");
        Line(indent, "{");
        string inner = indent + Tab;
        Line(inner, string.Create(CultureInfo.InvariantCulture, $"global uchar *place = {values} + ((ulong)key{(map.Cpus == 1 ? "" : $" * {map.Cpus} + cpu")}) * {map.Stride};"));
        if (!HasLocks(map))
        {
            Line(inner, string.Create(CultureInfo.InvariantCulture, $"COPY(global, place, private, {value}, {size});"));
        }
        else
        {
            _parts.Add("lock");
            int at = map.Spec.LockOffset!.Value, after = at + MapSpec.LockBytes;
            string locks = ArrayName(Use(map, "locks"));
            Line(inner, $"if ((flags & 4) != 0) lock({locks} + key);");
            Line(inner, string.Create(CultureInfo.InvariantCulture, $"COPY(global, place, private, {value}, {at}); COPY(global, place + {after}, private, {value} + {after}, {size - after});"));
            Line(inner, $"if ((flags & 4) != 0) unlock({locks} + key);");
        }
        Line(indent, "}");
    }

    void RedirectMap(Node node, IrMap map, string indent)
    {
        _parts.Add("redirect");
        string inner = indent + Tab;
        Line(indent, "{");
        Line(inner, $"const uint key = (uint){Value(node.Inputs[1])};");
        if (map.Spec.Type == MapType.DevMapHash)
        {
            string find = Find(map);
            Line(inner, "uchar bytes[4];");
            Line(inner, "STORE(private, u32, bytes, key);");
            Line(inner, $"const int slot = {find}(&m{_memory.NumberOf(map)}, bytes);");
            Line(inner, string.Create(CultureInfo.InvariantCulture, $"const uint entry = slot < 0 ? 0 : (uint)LOAD(global, u32, {ArrayName(Use(map, "values"))} + (ulong)(uint)slot * {map.Stride});"));
            Line(inner, "const bool there = entry != 0;");
        }
        else
        {
            string entries = ArrayName(Use(map, "entries"));
            Line(inner, string.Create(CultureInfo.InvariantCulture, $"const ulong word = key < {map.Spec.MaxEntries} ? {entries}[key] : 0;"));
            Line(inner, "const uint entry = (uint)word;");
            Line(inner, $"const bool there = word >> 32 != 0{(map.Spec.Type == MapType.DevMap ? " && entry != 0" : "")};");
        }
        var (kind, target, known) = map.Spec.Type switch
        {
            MapType.CpuMap => ("TO_CPU", "key", 0),
            MapType.XskMap => ("TO_SOCKET", "entry", 0),
            _ => ("TO_INTERFACE", "entry", 24),
        };
        Line(inner, string.Create(CultureInfo.InvariantCulture, $"{Name(node)} = redirect_map(&target, key, {Value(node.Inputs[2])}, {known}, {map.Number}, there ? {kind} : 0, {target});"));
        Line(indent, "}");
    }
}
