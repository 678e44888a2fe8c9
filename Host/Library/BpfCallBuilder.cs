using System.Buffers.Binary;
using Chainring.Host.Driver.Emulated;

namespace Chainring.Host;

/// <summary>bpf(2) as libbpf calls it: attributes with fields at their places, memory that lasts as long as the call.</summary>
sealed class BpfCallBuilder(EmulatedProcess process, int bytes)
{
    readonly byte[] _attributes = new byte[bytes];
    readonly List<ulong> _memory = [];

    public BpfCallBuilder Put(int at, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_attributes.AsSpan(at), value);
        return this;
    }

    public BpfCallBuilder Put64(int at, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_attributes.AsSpan(at), value);
        return this;
    }

    /// <summary>A name: at most 15 characters of those that the kernel takes.</summary>
    public BpfCallBuilder Put(int at, string name)
    {
        const int most = 15;
        for (int n = 0; n < Math.Min(name.Length, most); n++) _attributes[at + n] = char.IsAsciiLetterOrDigit(name[n]) || name[n] is '_' or '.' ? (byte)name[n] : (byte)'_';
        return this;
    }

    /// <summary>The address of a copy, which is gone when the call has been made.</summary>
    public BpfCallBuilder PutAddress(int at, ReadOnlySpan<byte> copied) => PutAddress(at, copied, out _);

    public BpfCallBuilder PutAddress(int at, ReadOnlySpan<byte> copied, out ulong address)
    {
        address = process.Memory.Place(copied);
        _memory.Add(address);
        return Put64(at, address);
    }

    /// <summary>The result, or a negative errno.</summary>
    public int Call(int command) => Call(command, static () => { });

    /// <param name="read">Looks at memory that the call has written.</param>
    public int Call(int command, Action read)
    {
        int result = process.Bpf(command, _attributes);
        read();
        foreach (ulong address in _memory) process.Memory.Free(address);
        return result;
    }
}

/// <summary>Numbers of commands of bpf(2).</summary>
static class BpfCommand
{
    public const int MapCreate = 0, Lookup = 1, Update = 2, Delete = 3, NextKey = 4, ProgramLoad = 5, Info = 15, TypesLoad = 18, Freeze = 22;
}
