using System.Runtime.InteropServices;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Oracle;

/// <summary>libxdp, by P/Invoke: what it reads of an object's <c>.xdp_run_config</c>.</summary>
static partial class Libxdp
{
    const string Library = "libxdp.so.1";

    /// <summary>Ends the test as ignored where libxdp is missing; as failed in CI.</summary>
    public static void Require()
    {
        if (OperatingSystem.IsLinux() && NativeLibrary.TryLoad(Library, out _)) SetPrint(0);
        else Libbpf.Unavailable($"{Library} is not installed");
    }

    /// <summary>The place and the actions of a program of an object; null if libxdp refuses it.</summary>
    public static LibxdpConfig? ConfigOf(string path, string program)
    {
        nint file = Marshal.StringToCoTaskMemUTF8(path), name = Marshal.StringToCoTaskMemUTF8(program);
        try
        {
            var options = new ProgramOptions { Size = (nuint)Marshal.SizeOf<ProgramOptions>(), OpenFile = file, Name = name };
            nint handle = Create(ref options);
            if (GetError(handle) != 0) return null;
            var config = new LibxdpConfig(Priority(handle), Actions: 0);
            foreach (var action in Enum.GetValues<XdpAction>()) config = config.With(action, GoesOn(handle, (uint)action));
            Close(handle);
            return config;
        }
        finally
        {
            Marshal.FreeCoTaskMem(file);
            Marshal.FreeCoTaskMem(name);
        }
    }

    /// <summary><c>struct xdp_program_opts</c> of libxdp 1.3.</summary>
    [StructLayout(LayoutKind.Sequential)]
    struct ProgramOptions
    {
        public nuint Size;
        public nint Object, Options, Name, FindFile, OpenFile, Pin;
        public uint Id;
        public int Descriptor;
    }

    [LibraryImport(Library, EntryPoint = "libxdp_set_print")]
    private static partial nint SetPrint(nint callback);

    [LibraryImport(Library, EntryPoint = "libxdp_get_error")]
    private static partial nint GetError(nint handle);

    [LibraryImport(Library, EntryPoint = "xdp_program__create")]
    private static partial nint Create(ref ProgramOptions options);

    [LibraryImport(Library, EntryPoint = "xdp_program__run_prio")]
    private static partial uint Priority(nint program);

    [LibraryImport(Library, EntryPoint = "xdp_program__chain_call_enabled")]
    [return: MarshalAs(UnmanagedType.U1)]
    private static partial bool GoesOn(nint program, uint action);

    [LibraryImport(Library, EntryPoint = "xdp_program__close")]
    private static partial void Close(nint program);
}
