using System.Buffers.Binary;
using System.Security.Cryptography;
using Chainring.Offload.Isa;

namespace Chainring.Host.Driver.Emulated;

/// <summary>
/// What tools tell programs apart by: the first 8 bytes of a hash over their instructions, in which the number of each map is 0. SHA-1 up to Linux 6.12,
/// SHA-256 since.
/// </summary>
public static class ProgramTag
{
    const byte LoadConstant = 0x18;

    /// <param name="code">As it was loaded, with descriptors of maps.</param>
    public static ulong Of(ReadOnlySpan<byte> code, KernelFlavour flavour)
    {
        byte[] hashed = code.ToArray();
        for (int at = 0; at + 2 * Encoding.SlotBytes <= hashed.Length; at += Encoding.SlotBytes)
        {
            if (hashed[at] != LoadConstant) continue;
            if ((hashed[at + 1] >> 4) is not 0 and not (byte)ConstantKind.Code)
            {
                hashed.AsSpan(at + 4, 4).Clear();
                hashed.AsSpan(at + Encoding.SlotBytes + 4, 4).Clear();
            }
            at += Encoding.SlotBytes;
        }
        byte[] hash = flavour == KernelFlavour.Linux612 ? SHA1.HashData(hashed) : SHA256.HashData(hashed);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
