using System.Runtime.InteropServices;
using System.Text;

namespace Chainring.Host.Driver.Peers;

/// <summary>
/// bpf(2), the commands that asking the kernel needs. Commands on elements and runs answer an errno; the others throw
/// <see cref="BpfException"/>.
/// </summary>
public static unsafe partial class Bpf
{
    const int MapCreateCommand = 0, LookupCommand = 1, UpdateCommand = 2, DeleteCommand = 3, NextKeyCommand = 4, ProgramLoadCommand = 5,
        TestRunCommand = 10, LinkCreateCommand = 28, BtfLoadCommand = 18, LookupAndDeleteCommand = 21, FreezeCommand = 22, LookupBatchCommand = 24,
        LookupAndDeleteBatchCommand = 25, UpdateBatchCommand = 26, DeleteBatchCommand = 27;

    /// <summary>BPF_F_XDP_DEV_BOUND_ONLY: a program that runs on the host and asks its device for hints.</summary>
    public const uint BoundToDevice = 1 << 6;

    /// <summary>What a log has: each instruction that was followed, or what is wrong and statistics (BPF_LOG_LEVEL1, BPF_LOG_STATS).</summary>
    const uint LogOfInstructions = 1, LogOfErrors = 4;

    const int ClassifierProgram = 3, XdpProgram = 6, LogBytes = 1 << 20, LoadAttempts = 10;

    /// <param name="types">Types of keys and values, numbered as <see cref="LockTypes"/> does; null if the kernel need not know them.</param>
    public static BpfFd CreateMap(
        int type, int keySize, int valueSize, int maxEntries, uint flags, string name, ulong extra = 0, BpfFd? inner = null, BpfFd? types = null)
    {
        var attr = new MapCreateAttr
        {
            Type = (uint)type,
            KeySize = (uint)keySize,
            ValueSize = (uint)valueSize,
            MaxEntries = (uint)maxEntries,
            Flags = flags,
            Btf = (uint)(types?.Number ?? 0),
            BtfKeyType = types is null ? 0 : LockTypes.KeyId,
            BtfValueType = types is null ? 0 : LockTypes.ValueId,
            InnerMap = (uint)(inner?.Number ?? 0),
            Extra = extra,
        };
        WriteName(attr.Name, name);
        int fd = Call(MapCreateCommand, &attr, sizeof(MapCreateAttr), out var errno);
        return fd >= 0 ? new BpfFd(fd) : throw new BpfException($"map {name} cannot be created", errno);
    }

    public static void Freeze(BpfFd map)
    {
        if (TryFreeze(map) is var errno and not Errno.None) throw new BpfException("map cannot be frozen", errno);
    }

    public static Errno TryFreeze(BpfFd map)
    {
        var attr = new ElementAttr { Map = map.Number };
        Call(FreezeCommand, &attr, sizeof(int), out var errno);
        return errno;
    }

    public static Errno Lookup(BpfFd map, ReadOnlySpan<byte> key, Span<byte> value)
    {
        fixed (byte* keyAt = key, valueAt = value) return Element(LookupCommand, map, keyAt, valueAt, 0);
    }

    public static Errno Update(BpfFd map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags)
    {
        fixed (byte* keyAt = key, valueAt = value) return Element(UpdateCommand, map, keyAt, valueAt, flags);
    }

    public static Errno Delete(BpfFd map, ReadOnlySpan<byte> key)
    {
        fixed (byte* keyAt = key) return Element(DeleteCommand, map, keyAt, null, 0);
    }

    public static Errno LookupAndDelete(BpfFd map, ReadOnlySpan<byte> key, Span<byte> value)
    {
        fixed (byte* keyAt = key, valueAt = value) return Element(LookupAndDeleteCommand, map, keyAt, valueAt, 0);
    }

    /// <summary>A batch of elements by one of the four commands; <paramref name="count"/> comes back as how many there were.</summary>
    /// <param name="token">Where the batch before ended; empty for the first one.</param>
    public static Errno Batch(int command, BpfFd map, ReadOnlySpan<byte> token, Span<byte> next, Span<byte> keys, Span<byte> values, ref uint count, ulong elementFlags = 0, ulong flags = 0)
    {
        fixed (byte* tokenAt = token, nextAt = next, keysAt = keys, valuesAt = values)
        {
            var attr = new BatchAttr
            {
                In = (ulong)tokenAt,
                Out = (ulong)nextAt,
                Keys = (ulong)keysAt,
                Values = (ulong)valuesAt,
                Count = count,
                Map = map.Number,
                ElementFlags = elementFlags,
                Flags = flags,
            };
            Call(command, &attr, sizeof(BatchAttr), out var errno);
            count = attr.Count;
            return errno;
        }
    }

    public const int LookupBatch = LookupBatchCommand, LookupAndDeleteBatch = LookupAndDeleteBatchCommand, UpdateBatch = UpdateBatchCommand, DeleteBatch = DeleteBatchCommand;

    /// <summary>The first key when <paramref name="key"/> is empty; ENOENT after the last.</summary>
    public static Errno NextKey(BpfFd map, ReadOnlySpan<byte> key, Span<byte> next)
    {
        fixed (byte* keyAt = key, nextAt = next) return Element(NextKeyCommand, map, keyAt, nextAt, 0);
    }

    public static BpfFd LoadBtf(ReadOnlySpan<byte> btf)
    {
        fixed (byte* btfAt = btf)
        {
            var attr = new BtfLoadAttr { Data = (ulong)btfAt, Size = (uint)btf.Length };
            int fd = Call(BtfLoadCommand, &attr, sizeof(BtfLoadAttr), out var errno);
            return fd >= 0 ? new BpfFd(fd) : throw new BpfException("BTF is refused", errno);
        }
    }

    /// <summary>Loads an XDP program; a refusal throws with the verifier's log.</summary>
    /// <param name="btf">What <paramref name="functions"/> refers to; null if the program does without.</param>
    /// <param name="functions">Start and BTF type of each function, ascending.</param>
    /// <param name="device">The interface of a program that is <see cref="BoundToDevice"/>.</param>
    /// <param name="log">Where the log goes, whether the program is refused or not; without it that of a refusal has every instruction.</param>
    public static BpfFd LoadXdp(
        ReadOnlySpan<byte> code, string name, string license, uint flags, BpfFd? btf = null, ReadOnlySpan<FunctionInfo> functions = default,
        int device = 0, VerifierLog? log = null) => Load(XdpProgram, code, name, license, flags, btf, functions, device, log);

    /// <summary>Loads a program for packets of the network stack (<c>struct __sk_buff</c>).</summary>
    public static BpfFd LoadClassifier(ReadOnlySpan<byte> code, string name) => Load(ClassifierProgram, code, name, "GPL", 0, null, default, 0, null);

    static BpfFd Load(
        int type, ReadOnlySpan<byte> code, string name, string license, uint flags, BpfFd? btf, ReadOnlySpan<FunctionInfo> functions, int device,
        VerifierLog? log)
    {
        var licenseBytes = Encoding.UTF8.GetBytes(license + '\0');
        byte[] errors = log is null ? [] : new byte[LogBytes];
        fixed (byte* codeAt = code, licenseAt = licenseBytes, errorsAt = errors)
        fixed (FunctionInfo* functionsAt = functions)
        {
            var attr = new ProgramLoadAttr
            {
                Type = (uint)type,
                InstructionCount = (uint)(code.Length / 8),
                Instructions = (ulong)codeAt,
                License = (ulong)licenseAt,
                LogLevel = log is null ? 0 : LogOfErrors,
                LogSize = (uint)errors.Length,
                LogBuffer = (ulong)errorsAt,
                Flags = flags,
                Ifindex = (uint)device,
                Btf = btf?.Number ?? 0,
                FunctionInfoSize = (uint)(btf is null ? 0 : sizeof(FunctionInfo)),
                FunctionInfo = (ulong)functionsAt,
                FunctionCount = (uint)functions.Length,
            };
            WriteName(attr.Name, name);

            int fd = Load(&attr, out var errno);
            log?.Text = Text(errors);
            return fd >= 0 ? new BpfFd(fd) : throw new BpfException($"program {name} is refused", errno, log?.Text ?? LogOf(attr));
        }
    }

    /// <summary>Verification stops with EAGAIN when a signal arrives, and the runtime suspends threads by signals.</summary>
    static int Load(ProgramLoadAttr* attr, out Errno errno)
    {
        int fd, attempt = 0;
        do fd = Call(ProgramLoadCommand, attr, sizeof(ProgramLoadAttr), out errno);
        while (fd < 0 && errno == Errno.EAGAIN && ++attempt < LoadAttempts);
        return fd;
    }

    /// <summary>Loads once more, since a log of instructions takes longer than the verification.</summary>
    static string LogOf(ProgramLoadAttr attr)
    {
        var log = new byte[LogBytes];
        fixed (byte* logAt = log)
        {
            attr.LogLevel = LogOfInstructions;
            attr.LogSize = LogBytes;
            attr.LogBuffer = (ulong)logAt;
            int fd = Load(&attr, out _);
            if (fd >= 0) new BpfFd(fd).Dispose();
        }
        return Text(log);
    }

    static string Text(byte[] log)
    {
        int end = Array.IndexOf(log, (byte)0);
        return Encoding.UTF8.GetString(log, 0, end < 0 ? LogBytes : end);
    }

    /// <summary>
    /// BPF_PROG_TEST_RUN. Packet data starts with <c>context.Data</c> bytes of metadata, before and after; <paramref name="context"/>
    /// comes back as the program left it.
    /// </summary>
    public static Errno TestRun(
        BpfFd program, ReadOnlySpan<byte> data, Span<byte> dataOut, ref XdpContext context, int repeat,
        out uint code, out int length, out uint durationNs)
    {
        fixed (byte* dataAt = data, outAt = dataOut)
        {
            var before = context;
            XdpContext after = default;
            var attr = new TestRunAttr
            {
                Program = program.Number,
                DataSizeIn = (uint)data.Length,
                DataSizeOut = (uint)dataOut.Length,
                DataIn = (ulong)dataAt,
                DataOut = (ulong)outAt,
                Repeat = (uint)repeat,
                ContextSizeIn = (uint)sizeof(XdpContext),
                ContextSizeOut = (uint)sizeof(XdpContext),
                ContextIn = (ulong)(&before),
                ContextOut = (ulong)(&after),
            };
            Call(TestRunCommand, &attr, sizeof(TestRunAttr), out var errno);
            (code, length, durationNs, context) = (attr.Code, (int)attr.DataSizeOut, attr.DurationNs, after);
            return errno;
        }
    }

    /// <summary>BPF_PROG_TEST_RUN over one frame again and again, with nothing but the last return code to show for it; what a signal stops is done anew.</summary>
    public static Errno TestRun(int program, ReadOnlySpan<byte> frame, int repeat, out uint code)
    {
        fixed (byte* frameAt = frame)
        {
            Errno errno;
            TestRunAttr attr;
            do
            {
                attr = new() { Program = program, DataSizeIn = (uint)frame.Length, DataIn = (ulong)frameAt, Repeat = (uint)repeat };
                Call(TestRunCommand, &attr, sizeof(TestRunAttr), out errno);
            }
            while (errno is Errno.EINTR or Errno.EAGAIN);
            code = attr.Code;
            return errno;
        }
    }

    /// <summary>BPF_PROG_TEST_RUN with BPF_F_TEST_XDP_LIVE_FRAMES: once, and what the program says is done.</summary>
    public static Errno LiveRun(BpfFd program, ReadOnlySpan<byte> data, uint ingress)
    {
        const uint liveFrames = 1 << 1;
        fixed (byte* dataAt = data)
        {
            var context = new XdpContext { DataEnd = (uint)data.Length, IngressIfindex = ingress };
            var attr = new TestRunAttr
            {
                Program = program.Number,
                DataSizeIn = (uint)data.Length,
                DataIn = (ulong)dataAt,
                Repeat = 1,
                ContextSizeIn = (uint)sizeof(XdpContext),
                ContextIn = (ulong)(&context),
                Flags = liveFrames,
            };
            Call(TestRunCommand, &attr, sizeof(TestRunAttr), out var errno);
            return errno;
        }
    }

    /// <summary>Attaches a program to an interface for as long as the link lives.</summary>
    public static BpfFd Attach(BpfFd program, int ifindex, int attachment)
    {
        var attr = new LinkCreateAttr { Program = program.Number, Target = ifindex, Attachment = attachment };
        int fd = Call(LinkCreateCommand, &attr, sizeof(LinkCreateAttr), out var errno);
        return fd >= 0 ? new BpfFd(fd) : throw new BpfException($"program cannot be attached to interface {ifindex}", errno);
    }

    static Errno Element(int command, BpfFd map, byte* key, byte* value, ulong flags)
    {
        var attr = new ElementAttr { Map = map.Number, Key = (ulong)key, Value = (ulong)value, Flags = flags };
        Call(command, &attr, sizeof(ElementAttr), out var errno);
        return errno;
    }

    static int Call(int command, void* attr, int size, out Errno errno)
    {
        long answer = syscall(Number, command, attr, (uint)size);
        errno = answer < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
        return (int)answer;
    }

    static long Number => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 321,
        Architecture.Arm64 => 280,
        var other => throw new PlatformNotSupportedException($"no bpf(2) number known for {other}"),
    };

    /// <summary>The kernel takes letters, digits, '_' and '.', at most 15 of them.</summary>
    static void WriteName(byte* target, string name)
    {
        int length = Math.Min(name.Length, 15);
        for (int i = 0; i < length; i++) target[i] = char.IsAsciiLetterOrDigit(name[i]) || name[i] is '_' or '.' ? (byte)name[i] : (byte)'_';
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, int command, void* attr, uint size);

    struct MapCreateAttr
    {
        public uint Type, KeySize, ValueSize, MaxEntries, Flags, InnerMap, NumaNode;
        public fixed byte Name[16];
        public uint Ifindex, Btf, BtfKeyType, BtfValueType, BtfVmlinuxValueType;
        public ulong Extra;
    }

    struct ElementAttr
    {
        public int Map;
        public ulong Key, Value, Flags;
    }

    struct BatchAttr
    {
        public ulong In, Out, Keys, Values;
        public uint Count;
        public int Map;
        public ulong ElementFlags, Flags;
    }

    struct ProgramLoadAttr
    {
        public uint Type, InstructionCount;
        public ulong Instructions, License;
        public uint LogLevel, LogSize;
        public ulong LogBuffer;
        public uint KernelVersion, Flags;
        public fixed byte Name[16];
        public uint Ifindex, ExpectedAttachType;
        public int Btf;
        public uint FunctionInfoSize;
        public ulong FunctionInfo;
        public uint FunctionCount;
    }

    struct BtfLoadAttr
    {
        public ulong Data, Log;
        public uint Size, LogSize, LogLevel;
    }

    struct LinkCreateAttr
    {
        public int Program, Target, Attachment, Flags;
    }

    struct TestRunAttr
    {
        public int Program;
        public uint Code, DataSizeIn, DataSizeOut;
        public ulong DataIn, DataOut;
        public uint Repeat, DurationNs, ContextSizeIn, ContextSizeOut;
        public ulong ContextIn, ContextOut;
        public uint Flags, Cpu, BatchSize, Padding;
    }
}

/// <summary><c>struct bpf_func_info</c>.</summary>
public readonly record struct FunctionInfo(uint Slot, uint TypeId);

/// <summary><c>struct xdp_md</c> as BPF_PROG_TEST_RUN exchanges it: offsets from the start of the metadata, not addresses.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct XdpContext(uint Data, uint DataEnd, uint DataMeta, uint IngressIfindex, uint RxQueueIndex, uint EgressIfindex);
