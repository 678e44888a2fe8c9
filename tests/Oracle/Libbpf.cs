using System.Runtime.InteropServices;
using Chainring.Host.Driver.Peers;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>
/// libbpf and the running kernel, by P/Invoke: an answer that shares no code with ours to what an object file means.
/// </summary>
static partial class Libbpf
{
    const string Library = "libbpf.so.1";

    public const int TypeXdp = 6, AttachXdp = 37;

    /// <summary>Ends the test as ignored where libbpf or the right to load programs is missing; as failed in CI.</summary>
    public static void Require()
    {
        string? missing = !OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(Library, out _) ? $"{Library} is not installed"
            : EffectiveUser() != 0 ? "loading programs needs root"
            : null;
        if (missing is null) SetPrint(0);
        else Unavailable(missing);
    }

    public static void Unavailable(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(reason);
        else Assert.Ignore(reason);
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport(Library, EntryPoint = "libbpf_set_print")]
    private static partial nint SetPrint(nint callback);

    [LibraryImport(Library, EntryPoint = "bpf_object__open_file", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial nint Open(string path, ref OpenOptions options);

    /// <summary>The head of <c>struct bpf_object_open_opts</c>, as far as it is used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct OpenOptions
    {
        public nuint Size;
        public nint Name;
        public byte RelaxedMaps;
        public nint PinRoot;
        public int Unused;
        public nint KernelConfiguration, Types;
    }

    [LibraryImport(Library, EntryPoint = "bpf_map_lookup_elem")]
    internal static partial int Lookup(int map, ReadOnlySpan<byte> key, Span<byte> value);

    [LibraryImport(Library, EntryPoint = "bpf_object__load")]
    internal static partial int Load(nint bpfObject);

    [LibraryImport(Library, EntryPoint = "bpf_object__close")]
    internal static partial void Close(nint bpfObject);

    [LibraryImport(Library, EntryPoint = "bpf_object__next_program")]
    internal static partial nint NextProgram(nint bpfObject, nint previous);

    [LibraryImport(Library, EntryPoint = "bpf_program__name")]
    internal static partial nint ProgramName(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_program__set_type")]
    internal static partial int SetType(nint program, int type);

    [LibraryImport(Library, EntryPoint = "bpf_program__type")]
    internal static partial int TypeOf(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_program__set_autoload")]
    internal static partial int SetAutoload(nint program, [MarshalAs(UnmanagedType.U1)] bool load);

    [LibraryImport(Library, EntryPoint = "bpf_program__set_ifindex")]
    internal static partial void SetDevice(nint program, uint ifindex);

    [LibraryImport(Library, EntryPoint = "bpf_program__set_flags")]
    internal static partial int SetFlags(nint program, uint flags);

    [LibraryImport(Library, EntryPoint = "bpf_program__insns")]
    internal static partial nint Instructions(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_program__insn_cnt")]
    internal static partial nuint InstructionCount(nint program);

    [LibraryImport(Library, EntryPoint = "bpf_object__next_map")]
    internal static partial nint NextMap(nint bpfObject, nint previous);

    [LibraryImport(Library, EntryPoint = "bpf_map__name")]
    internal static partial nint MapName(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__fd")]
    internal static partial int MapFd(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__type")]
    internal static partial int MapType(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__key_size")]
    internal static partial uint KeySize(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__value_size")]
    internal static partial uint ValueSize(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__max_entries")]
    internal static partial uint MaxEntries(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__map_flags")]
    internal static partial uint MapFlags(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__map_extra")]
    internal static partial ulong MapExtra(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__pin_path")]
    internal static partial nint PinPath(nint map);

    [LibraryImport(Library, EntryPoint = "bpf_map__set_pin_path")]
    internal static partial int SetPinPath(nint map, nint path);

    [LibraryImport(Library, EntryPoint = "bpf_map__initial_value")]
    internal static partial nint InitialValue(nint map, out nuint size);

    [LibraryImport(Library, EntryPoint = "btf__load_vmlinux_btf")]
    internal static partial nint LoadKernelTypes();

    [LibraryImport(Library, EntryPoint = "btf__find_by_name_kind", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int FindType(nint btf, string name, uint kind);

    [LibraryImport(Library, EntryPoint = "btf__type_by_id")]
    internal static partial nint TypeById(nint btf, int id);

    internal static string Text(nint text) => Marshal.PtrToStringUTF8(text) ?? "";

    internal static byte[] Bytes(nint start, nuint length)
    {
        var bytes = new byte[length];
        if (length > 0) Marshal.Copy(start, bytes, 0, bytes.Length);
        return bytes;
    }
}

/// <summary>A map as libbpf declares it; global data has its contents.</summary>
sealed record LibbpfMap(
    string Name, int Type, uint KeySize, uint ValueSize, uint MaxEntries, uint Flags, ulong Extra, bool Pinned, byte[]? InitialValue);

/// <summary>A program as libbpf hands it to the kernel, the numbers of map descriptors taken out: slot to map name, in order.</summary>
sealed record LibbpfProgram(string Name, byte[] Code, IReadOnlyList<(int Slot, string Map)> Maps);

/// <summary>An object that libbpf opened; nothing is pinned, and closing it unloads everything.</summary>
sealed class LibbpfObject : IDisposable
{
    readonly nint _handle;

    LibbpfObject(nint handle) => _handle = handle;

    /// <summary>Null if libbpf refuses to open the file.</summary>
    /// <param name="types">A file of types that CO-RE programs are fitted to, in place of the running kernel's.</param>
    /// <param name="kernelConfiguration">Lines as in a kernel's <c>.config</c>.</param>
    public static LibbpfObject? Open(string path, string? types = null, string? kernelConfiguration = null)
    {
        // libbpf copies both.
        nint typesText = Marshal.StringToCoTaskMemUTF8(types), configuration = Marshal.StringToCoTaskMemUTF8(kernelConfiguration);
        try
        {
            var options = new Libbpf.OpenOptions { Size = (nuint)Marshal.SizeOf<Libbpf.OpenOptions>(), KernelConfiguration = configuration, Types = typesText };
            var handle = Libbpf.Open(path, ref options);
            return handle == 0 ? null : new(handle);
        }
        finally
        {
            Marshal.FreeCoTaskMem(typesText);
            Marshal.FreeCoTaskMem(configuration);
        }
    }

    /// <summary>The bytes of an array map's first value, after loading.</summary>
    public byte[] FirstValue(string map)
    {
        var handle = MapHandles().Single(m => Name(m) == map);
        var value = new byte[Libbpf.ValueSize(handle)];
        return Libbpf.Lookup(Libbpf.MapFd(handle), new byte[4], value) == 0 ? value : [];
    }

    /// <summary>To be asked before loading, which changes some maps.</summary>
    public IReadOnlyList<LibbpfMap> Maps() =>
    [
        .. MapHandles().Select(m => new LibbpfMap(Name(m), Libbpf.MapType(m), Libbpf.KeySize(m), Libbpf.ValueSize(m), Libbpf.MaxEntries(m),
            Libbpf.MapFlags(m), Libbpf.MapExtra(m), Libbpf.PinPath(m) != 0, InitialValue(m))),
    ];

    /// <summary>Loads the programs of these names as XDP programs and no others.</summary>
    /// <param name="device">The interface that they are bound to, if that is not 0.</param>
    /// <returns>0, or the negative error number of libbpf or the kernel.</returns>
    public int Load(IReadOnlySet<string> programs, uint device = 0)
    {
        foreach (var program in ProgramHandles())
        {
            bool load = programs.Contains(Libbpf.Text(Libbpf.ProgramName(program)));
            int error = Libbpf.SetAutoload(program, load);
            if (error == 0 && load && Libbpf.TypeOf(program) != Libbpf.TypeXdp) error = Libbpf.SetType(program, Libbpf.TypeXdp);
            if (error == 0 && load && device != 0)
            {
                Libbpf.SetDevice(program, device);
                error = Libbpf.SetFlags(program, Bpf.BoundToDevice);
            }
            if (error != 0) return error;
        }
        foreach (var map in MapHandles()) _ = Libbpf.SetPinPath(map, 0);
        return Libbpf.Load(_handle);
    }

    /// <summary>The programs after loading.</summary>
    public IReadOnlyList<LibbpfProgram> Programs()
    {
        var names = MapHandles().ToDictionary(Libbpf.MapFd, Name);
        return [.. ProgramHandles().Select(p => Named(Libbpf.Text(Libbpf.ProgramName(p)), Libbpf.Bytes(Libbpf.Instructions(p), 8 * Libbpf.InstructionCount(p)), names))];
    }

    static LibbpfProgram Named(string name, byte[] code, Dictionary<int, string> names)
    {
        var maps = new List<(int, string)>();
        for (int at = 0; at < code.Length; at += code[at] == 0x18 ? 16 : 8)
        {
            if (code[at] != 0x18 || (code[at + 1] >> 4) is not (1 or 2)) continue;
            maps.Add((at / 8, names.GetValueOrDefault(BitConverter.ToInt32(code, at + 4), "?")));
            code.AsSpan(at + 4, 4).Clear();
        }
        return new(name, code, maps);
    }

    public void Dispose() => Libbpf.Close(_handle);

    IEnumerable<nint> ProgramHandles()
    {
        for (var program = Libbpf.NextProgram(_handle, 0); program != 0; program = Libbpf.NextProgram(_handle, program)) yield return program;
    }

    IEnumerable<nint> MapHandles()
    {
        for (var map = Libbpf.NextMap(_handle, 0); map != 0; map = Libbpf.NextMap(_handle, map)) yield return map;
    }

    /// <summary>libbpf puts the object's name before <c>.data</c> and its like.</summary>
    static string Name(nint map)
    {
        string name = Libbpf.Text(Libbpf.MapName(map));
        return name.Contains('.') ? name[name.IndexOf('.')..] : name;
    }

    /// <summary>Kernel configuration values are filled in when the object is loaded.</summary>
    static byte[]? InitialValue(nint map)
    {
        if (Name(map) == ".kconfig") return null;
        var start = Libbpf.InitialValue(map, out var size);
        return start == 0 ? null : Libbpf.Bytes(start, size);
    }
}
