using System.Buffers.Binary;
using Chainring.Kernels.Helpers;
using Chainring.Offload.Spec;

namespace Chainring.Kernels;

/// <summary>
/// The word by which a program of a chain can read the verdict of the one before it, where the chain asks for that. Before each
/// program but the first the metadata grows by 4 bytes, and the previous return code (an <c>enum xdp_action</c>, host byte order) stands at
/// data_meta. After it has run the word is taken away again, unless the program changed the metadata's length: then it took
/// charge of the metadata, and what it left stays.
/// </summary>
static class PreviousVerdict
{
    const int Bytes = sizeof(uint);

    /// <summary>False if there is no room for the word.</summary>
    public static bool Push(ref Frame frame, Span<byte> buffer, XdpAction previous)
    {
        if (PacketRoom.AdjustMeta(ref frame, -Bytes) != 0) return false;
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[frame.Meta..], (uint)previous);
        return true;
    }

    /// <param name="metadata">The metadata's length when the program began.</param>
    public static void Pop(ref Frame frame, int metadata)
    {
        if (frame.Data - frame.Meta == metadata) frame.Meta += Bytes;
    }
}
