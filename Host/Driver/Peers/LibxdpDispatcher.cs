using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Peers;

/// <summary>
/// libxdp's way to run several programs: its dispatcher, whose functions the programs replace (<c>freplace</c>). What is loaded is the object that libxdp
/// installs, set up as libxdp does (xdp-tools, lib/libxdp/libxdp.c), by libbpf; nothing is attached or pinned.
/// </summary>
public sealed class LibxdpDispatcher : IDisposable
{
    /// <summary>What the dispatcher has functions for.</summary>
    public const int MaxPrograms = 10;

    const string FileName = "xdp-dispatcher.o", Main = "xdp_dispatcher";

    // struct xdp_dispatcher_config, version 2: magic, version, number of programs, frags; actions, priorities and flags of each.
    const int ConfigBytes = 4 + 3 * MaxPrograms * sizeof(uint);
    const byte Magic = 236, Version = 2;

    /// <summary>On PASS the next one runs; 31 is what a function returns that nothing has replaced.</summary>
    const uint GoesOn = 1u << (int)XdpAction.Pass | 1u << 31;

    readonly List<nint> _objects = [], _links = [];

    /// <summary>Programs in their order, each going on to the next on PASS. A single one takes the place of the dispatcher's own main function.</summary>
    /// <param name="source">An object file that has them all, each with its types.</param>
    /// <param name="programs">One to <see cref="MaxPrograms"/> names.</param>
    /// <exception cref="BpfException">The kernel, or libbpf, refuses.</exception>
    public LibxdpDispatcher(ReadOnlySpan<byte> source, IReadOnlyList<string> programs)
    {
        try
        {
            string path = FindObject() ?? throw new BpfException($"{FileName} is not installed", Errno.ENOENT);
            Fd = LoadDispatcher(File.ReadAllBytes(path), programs.Count);
            for (int n = 0; n < programs.Count; n++) Replace(source, programs[n], programs.Count == 1 ? Main : $"prog{n}");
        }
        catch (BpfException)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The dispatcher's main program; valid until this is disposed.</summary>
    public int Fd { get; }

    /// <summary>Why there is none to be had; null if there is.</summary>
    public static string? Missing() =>
        !LibbpfLibrary.IsInstalled ? $"{LibbpfLibrary.Name} is not installed"
        : FindObject() is not { } path ? $"libxdp is not installed: no {FileName}"
        : null;

    /// <summary>Where libxdp looks for it: its own variable, then where distributions put it.</summary>
    static string? FindObject()
    {
        string[] folders = ["/usr/lib64/bpf", "/usr/lib/bpf", $"/usr/lib/{Triplet}/bpf", "/usr/local/lib/bpf", "/usr/local/lib64/bpf"];
        return folders.Prepend(Environment.GetEnvironmentVariable("LIBXDP_OBJECT_PATH") ?? "").Select(f => Path.Combine(f, FileName)).FirstOrDefault(File.Exists);
    }

    static string Triplet => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu";

    int LoadDispatcher(byte[] file, int programs)
    {
        nint handle = Open(file);
        nint config = LibbpfLibrary.NextMap(handle, 0);
        LibbpfLibrary.InitialValue(config, out nuint length);
        if (length != ConfigBytes) throw new BpfException($"{FileName} has {length} bytes of configuration, and {ConfigBytes} are known", Errno.EOPNOTSUPP);
        Must(LibbpfLibrary.SetInitialValue(config, ConfigFor(programs), length), "the dispatcher's configuration");
        nint main = Select(handle, Main);
        Must(LibbpfLibrary.Load(handle), "the dispatcher");
        return LibbpfLibrary.ProgramFd(main);
    }

    static byte[] ConfigFor(int programs)
    {
        byte[] config = new byte[ConfigBytes];
        (config[0], config[1], config[2]) = (Magic, Version, (byte)programs);
        for (int n = 0; n < programs; n++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(config.AsSpan(4 + n * sizeof(uint)), GoesOn);
            BinaryPrimitives.WriteUInt32LittleEndian(config.AsSpan(4 + (MaxPrograms + n) * sizeof(uint)), LibxdpConfig.DefaultPriority);
        }
        return config;
    }

    void Replace(ReadOnlySpan<byte> source, string program, string function)
    {
        nint handle = Open(source);
        nint replacement = Select(handle, program);
        Must(LibbpfLibrary.SetType(replacement, LibbpfLibrary.ExtensionType), program);
        Must(LibbpfLibrary.SetAttachType(replacement, 0), program);
        Must(LibbpfLibrary.SetAttachTarget(replacement, Fd, function), $"{program} in place of {function}");
        Must(LibbpfLibrary.Load(handle), $"{program} in place of {function}");
        nint link = LibbpfLibrary.Attach(replacement, 0, 0);
        if (link == 0) throw new BpfException($"{program} cannot be put in place of {function}", LastError);
        _links.Add(link);
    }

    nint Open(ReadOnlySpan<byte> file)
    {
        nint handle = LibbpfLibrary.OpenMemory(file, (nuint)file.Length, 0);
        if (handle == 0) throw new BpfException("libbpf cannot open an object", LastError);
        _objects.Add(handle);
        return handle;
    }

    /// <summary>The program of that name, which alone is loaded with its object.</summary>
    static nint Select(nint handle, string name)
    {
        nint found = 0;
        for (nint program = LibbpfLibrary.NextProgram(handle, 0); program != 0; program = LibbpfLibrary.NextProgram(handle, program))
        {
            bool isIt = Marshal.PtrToStringUTF8(LibbpfLibrary.ProgramName(program)) == name;
            Must(LibbpfLibrary.SetAutoload(program, isIt), name);
            if (isIt) found = program;
        }
        return found != 0 ? found : throw new BpfException($"there is no program {name}", Errno.ENOENT);
    }

    static void Must(int answer, string what)
    {
        if (answer < 0) throw new BpfException($"libbpf refuses {what}", (Errno)(-answer));
    }

    static Errno LastError => (Errno)Marshal.GetLastPInvokeError();

    public void Dispose()
    {
        foreach (nint link in _links) _ = LibbpfLibrary.Destroy(link);
        foreach (nint handle in _objects) LibbpfLibrary.Close(handle);
        _links.Clear();
        _objects.Clear();
    }
}

/// <summary>What the dispatcher needs of libbpf, by P/Invoke.</summary>
static partial class LibbpfLibrary
{
    public const string Name = "libbpf.so.1";

    /// <summary>BPF_PROG_TYPE_EXT.</summary>
    public const int ExtensionType = 28;

    static readonly Lazy<bool> Loads = new(() =>
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(Name, out _)) return false;
        SetPrint(0);
        return true;
    });

    /// <summary>And, from then on, silent.</summary>
    public static bool IsInstalled => Loads.Value;

    [LibraryImport(Name, EntryPoint = "libbpf_set_print")]
    private static partial nint SetPrint(nint callback);

    [LibraryImport(Name, EntryPoint = "bpf_object__open_mem", SetLastError = true)]
    public static partial nint OpenMemory(ReadOnlySpan<byte> file, nuint length, nint options);

    [LibraryImport(Name, EntryPoint = "bpf_object__load")]
    public static partial int Load(nint handle);

    [LibraryImport(Name, EntryPoint = "bpf_object__close")]
    public static partial void Close(nint handle);

    [LibraryImport(Name, EntryPoint = "bpf_object__next_map")]
    public static partial nint NextMap(nint handle, nint previous);

    [LibraryImport(Name, EntryPoint = "bpf_map__initial_value")]
    public static partial nint InitialValue(nint map, out nuint length);

    [LibraryImport(Name, EntryPoint = "bpf_map__set_initial_value")]
    public static partial int SetInitialValue(nint map, ReadOnlySpan<byte> value, nuint length);

    [LibraryImport(Name, EntryPoint = "bpf_object__next_program")]
    public static partial nint NextProgram(nint handle, nint previous);

    [LibraryImport(Name, EntryPoint = "bpf_program__name")]
    public static partial nint ProgramName(nint program);

    [LibraryImport(Name, EntryPoint = "bpf_program__fd")]
    public static partial int ProgramFd(nint program);

    [LibraryImport(Name, EntryPoint = "bpf_program__set_autoload")]
    public static partial int SetAutoload(nint program, [MarshalAs(UnmanagedType.U1)] bool load);

    [LibraryImport(Name, EntryPoint = "bpf_program__set_type")]
    public static partial int SetType(nint program, int type);

    [LibraryImport(Name, EntryPoint = "bpf_program__set_expected_attach_type")]
    public static partial int SetAttachType(nint program, int type);

    [LibraryImport(Name, EntryPoint = "bpf_program__set_attach_target", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetAttachTarget(nint program, int target, string function);

    [LibraryImport(Name, EntryPoint = "bpf_program__attach_freplace", SetLastError = true)]
    public static partial nint Attach(nint program, int target, nint function);

    [LibraryImport(Name, EntryPoint = "bpf_link__destroy")]
    public static partial int Destroy(nint link);
}
