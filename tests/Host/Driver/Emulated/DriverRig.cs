using System.Buffers.Binary;
using Chainring.Host.Driver;
using Chainring.Host.Driver.Emulated;
using Chainring.Host.Driver.Netlink;
using Chainring.Nic;
using Chainring.Offload.Isa;
using NUnit.Framework;

namespace Chainring.Tests.Host.Driver.Emulated;

/// <summary>A process of an emulated host whose system calls are written as tests want to read them: bytes all the same.</summary>
sealed class DriverRig : IDisposable
{
    public const int MapCreate = 0, Lookup = 1, Update = 2, Delete = 3, NextKey = 4, ProgramLoad = 5, ObjectPin = 6, ObjectGet = 7, TestRun = 10, ProgramNextId = 11, MapNextId = 12,
        ProgramById = 13, MapById = 14, Info = 15, LookupAndDelete = 21, Freeze = 22, LinkCreate = 28, LinkUpdate = 29, LinkById = 30, LinkNextId = 31, LinkDetach = 34;

    public const uint NoExist = 1, Skb = 2, Drv = 4, Hw = 8, Replace = 16;

    public const string Ret0 = "r0 = 0\nexit", Ret2 = "r0 = 2\nexit";

    public DriverRig(EmulatedHostOptions? options = null, EmulatedHost? host = null)
    {
        Host = host ?? new(options ?? new());
        Process = Host.NewProcess();
        Socket = Process.OpenRouteSocket();
        Socket.ExtendedAck = true;
    }

    public EmulatedHost Host { get; }

    public EmulatedProcess Process { get; }

    public RouteSocket Socket { get; }

    /// <summary>The log of the program that was loaded last.</summary>
    public string Log { get; private set; } = "";

    public static Capabilities Profile(string name) => DeviceFile.Find(name).Value;

    public OffloadDevice AddCard(int number = 1, int ports = 1, string profile = "netdevsim")
    {
        Host.AddCard(number, Profile(profile), ports, out var card);
        return card!;
    }

    /// <summary>bpf(2) with fields at their places.</summary>
    public int Bpf(int command, params ReadOnlySpan<(int At, long Value)> fields) => Bpf(command, out _, fields);

    public int Bpf(int command, out byte[] attr, params ReadOnlySpan<(int At, long Value)> fields)
    {
        attr = new byte[148];
        foreach (var (at, value) in fields)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            // A 32-bit field must not spill into its neighbour.
            int width = value is >= int.MinValue and <= uint.MaxValue ? 4 : 8;
            bytes[..width].CopyTo(attr.AsSpan(at));
        }
        return Process.Bpf(command, attr);
    }

    public ulong Place(ReadOnlySpan<byte> bytes) => Process.Memory.Place(bytes);

    public static byte[] Code(string text) => Encoding.Encode(Assembler.Assemble(text, out _));

    public int Load(string text, int ifindex = 0, uint flags = 0, uint logLevel = 1, int attachType = 0, int type = 6, string name = "func") => Load(Code(text), ifindex, flags, logLevel, attachType, type, name);

    public int Load(byte[] code, int ifindex = 0, uint flags = 0, uint logLevel = 1, int attachType = 0, int type = 6, string name = "func", string license = "GPL")
    {
        const int logBytes = 1 << 16;
        var attr = new byte[148];
        void Put32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(attr.AsSpan(at), value);
        void Put64(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(attr.AsSpan(at), value);
        ulong log = Process.Memory.Allocate(logBytes);
        Put32(0, (uint)type);
        Put32(4, (uint)(code.Length / 8));
        Put64(8, Place(code));
        Put64(16, Place(System.Text.Encoding.ASCII.GetBytes(license + '\0')));
        Put32(24, logLevel);
        if (logLevel != 0)
        {
            Put32(28, logBytes);
            Put64(32, log);
        }
        Put32(44, flags);
        System.Text.Encoding.ASCII.GetBytes(name, attr.AsSpan(48));
        Put32(64, (uint)ifindex);
        Put32(68, (uint)attachType);
        int result = Process.Bpf(ProgramLoad, attr);
        byte[] text = Process.Memory.Read(log, logBytes);
        Log = System.Text.Encoding.UTF8.GetString(text, 0, Array.IndexOf(text, (byte)0));
        return result;
    }

    public int Map(int type, int key = 4, int value = 8, int entries = 2, int ifindex = 0, uint flags = 0, string name = "map", int types = 0)
    {
        var attr = new byte[80];
        int[] at = [0, 4, 8, 12, 16, 44];
        uint[] values = [(uint)type, (uint)key, (uint)value, (uint)entries, flags, (uint)ifindex];
        for (int n = 0; n < at.Length; n++) BinaryPrimitives.WriteUInt32LittleEndian(attr.AsSpan(at[n]), values[n]);
        System.Text.Encoding.ASCII.GetBytes(name, attr.AsSpan(28));
        if (types != 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(attr.AsSpan(48), types);
            BinaryPrimitives.WriteUInt32LittleEndian(attr.AsSpan(52), 1);
            BinaryPrimitives.WriteUInt32LittleEndian(attr.AsSpan(56), 1);
        }
        return Process.Bpf(MapCreate, attr);
    }

    public int Set(int map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags = 0) => Element(Update, map, key, value, flags, out _);

    public int Set(int map, uint key, ulong value, ulong flags = 0) => Set(map, BitConverter.GetBytes(key), BitConverter.GetBytes(value), flags);

    public int Get(int map, uint key, out ulong value)
    {
        int result = Element(Lookup, map, BitConverter.GetBytes(key), new byte[8], 0, out byte[] found);
        value = BitConverter.ToUInt64(found);
        return result;
    }

    public int Remove(int map, uint key)
    {
        var attr = new byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(attr, map);
        BinaryPrimitives.WriteUInt64LittleEndian(attr.AsSpan(8), Place(BitConverter.GetBytes(key)));
        return Process.Bpf(Delete, attr);
    }

    public int Next(int map, uint? key, out uint next)
    {
        var attr = new byte[24];
        ulong into = Process.Memory.Allocate(4);
        BinaryPrimitives.WriteInt32LittleEndian(attr, map);
        if (key is { } k) BinaryPrimitives.WriteUInt64LittleEndian(attr.AsSpan(8), Place(BitConverter.GetBytes(k)));
        BinaryPrimitives.WriteUInt64LittleEndian(attr.AsSpan(16), into);
        int result = Process.Bpf(NextKey, attr);
        next = BitConverter.ToUInt32(Process.Memory.Read(into, 4));
        return result;
    }

    int Element(int command, int map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong flags, out byte[] after)
    {
        var attr = new byte[32];
        ulong at = Place(value);
        BinaryPrimitives.WriteInt32LittleEndian(attr, map);
        BinaryPrimitives.WriteUInt64LittleEndian(attr.AsSpan(8), Place(key));
        BinaryPrimitives.WriteUInt64LittleEndian(attr.AsSpan(16), at);
        BinaryPrimitives.WriteUInt64LittleEndian(attr.AsSpan(24), flags);
        int result = Process.Bpf(command, attr);
        after = Process.Memory.Read(at, value.Length);
        return result;
    }

    /// <summary>BPF_OBJ_GET_INFO_BY_FD: the structure, or the errno.</summary>
    public int InfoOf(int fd, int bytes, out byte[] info)
    {
        ulong at = Process.Memory.Allocate(bytes);
        int result = Bpf(Info, (0, fd), (4, bytes), (8, (long)at));
        info = Process.Memory.Read(at, bytes);
        return result;
    }

    public uint IdOf(int fd) => InfoOf(fd, 64, out byte[] info) == 0 ? BitConverter.ToUInt32(info, 4) : 0;

    public int Pin(int fd, string path) => Bpf(ObjectPin, (0, (long)Place(System.Text.Encoding.ASCII.GetBytes(path + '\0'))), (8, fd));

    public int OpenPin(string path) => Bpf(ObjectGet, (0, (long)Place(System.Text.Encoding.ASCII.GetBytes(path + '\0'))));

    /// <summary>RTM_SETLINK with IFLA_XDP: 0 or a negative errno, and the text.</summary>
    public (int Errno, string? Text) Attach(NetDevice device, int fd, uint flags, int? expected = null, int? chain = null, ulong? revision = null) =>
        Send(SetXdp(device.Ifindex, fd, flags, expected, chain, revision));

    public (int Errno, string? Text) Detach(NetDevice device, uint flags) => Attach(device, -1, flags);

    public (int Errno, string? Text) Send(byte[] message)
    {
        Socket.Send(message);
        byte[]? ack = null;
        while (Socket.Receive() is { } next)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(next.AsSpan(4)) == 2) ack = next;
        }
        Assert.That(ack, Is.Not.Null, "no answer");
        int errno = BinaryPrimitives.ReadInt32LittleEndian(ack.AsSpan(16));
        bool hasText = (BinaryPrimitives.ReadUInt16LittleEndian(ack!.AsSpan(6)) & 0x200) != 0;
        if (!hasText) return (errno, null);
        int at = 20 + BinaryPrimitives.ReadInt32LittleEndian(ack.AsSpan(20));
        at = (at + 3) & ~3;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(ack.AsSpan(at));
        return (errno, System.Text.Encoding.UTF8.GetString(ack.AsSpan(at + 4, length - 5)));
    }

    public static byte[] SetXdp(int ifindex, int? fd, uint? flags, int? expected = null, int? chain = null, ulong? revision = null, ushort type = 19, bool nested = true)
    {
        var nest = new List<byte>();
        void Put(int kind, ReadOnlySpan<byte> value)
        {
            nest.AddRange(BitConverter.GetBytes((ushort)(4 + value.Length)));
            nest.AddRange(BitConverter.GetBytes((ushort)kind));
            nest.AddRange(value);
            while (nest.Count % 4 != 0) nest.Add(0);
        }
        if (fd is { } f) Put(1, BitConverter.GetBytes(f));
        if (flags is { } bits) Put(3, BitConverter.GetBytes(bits));
        if (expected is { } e) Put(8, BitConverter.GetBytes(e));
        if (chain is { } c) Put(ChainUapi.MapFdAttribute, BitConverter.GetBytes(c));
        if (revision is { } r) Put(ChainUapi.ExpectedRevisionAttribute, BitConverter.GetBytes(r));
        return Message(type, 5, ifindex, [.. BitConverter.GetBytes((ushort)(4 + nest.Count)), .. BitConverter.GetBytes((ushort)(nested ? 0x802b : 0x2b)), .. nest]);
    }

    /// <summary>A message about a link.</summary>
    public static byte[] Message(ushort type, ushort flags, int ifindex, ReadOnlySpan<byte> attributes, uint ifFlags = 0, uint change = 0)
    {
        byte[] message = [.. BitConverter.GetBytes(32 + attributes.Length), .. BitConverter.GetBytes(type), .. BitConverter.GetBytes(flags), 0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0,
            0, 0, 0, 0, .. BitConverter.GetBytes(ifindex), .. BitConverter.GetBytes(ifFlags), .. BitConverter.GetBytes(change), .. attributes];
        return message;
    }

    public (int Errno, string? Text) SetMtu(NetDevice device, int mtu) => Send(Message(19, 5, device.Ifindex, [8, 0, 4, 0, .. BitConverter.GetBytes(mtu)]));

    public void SetUp(NetDevice device) => Send(Message(19, 5, device.Ifindex, [], 1, 1));

    /// <summary>The IFLA_XDP that RTM_GETLINK reports, header and all.</summary>
    public byte[] Dumped(NetDevice device)
    {
        Socket.Send(Message(18, 1, device.Ifindex, []));
        return XdpOf(Socket.Receive()!);
    }

    public static byte[] XdpOf(byte[] message)
    {
        for (int at = 32; at + 4 <= message.Length;)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(at));
            if ((BinaryPrimitives.ReadUInt16LittleEndian(message.AsSpan(at + 2)) & 0x3fff) == 43) return message[at..(at + length)];
            at += (length + 3) & ~3;
        }
        return [];
    }

    public void Dispose()
    {
        Socket.Dispose();
        Process.Dispose();
    }
}
