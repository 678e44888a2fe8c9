using Chainring.Kernels.Interpreter;
using Chainring.Kernels.Maps;
using Chainring.Kernels.Network;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Helpers;

/// <summary>
/// One call of a helper, its arguments already checked and resolved by the backend according to the helper's row.
/// </summary>
public ref struct HelperCall
{
    /// <summary>The frame being processed.</summary>
    public ref Frame Frame;

    /// <summary>The frame's whole buffer.</summary>
    public Span<byte> Buffer;

    public KernelEnvironment Environment;

    /// <summary>The program whose code calls.</summary>
    public LoadedProgram Program;

    /// <summary>What the program has reserved.</summary>
    public Reservations Reservations;

    /// <summary>The sockets that the program has looked up.</summary>
    public SocketReferences Sockets;

    /// <summary>Argument registers r1 to r5 as they are.</summary>
    public ulong R1, R2, R3, R4, R5;

    /// <summary>The map argument, or the map that a lock or memory of a value is in; null if the helper has none.</summary>
    public Map? Map;

    /// <summary>Where in the map's storage the value begins whose lock is the argument, or the memory of a value.</summary>
    public int ValueOffset;

    /// <summary>The first and second memory argument (key, value, or memory with a size); empty if null or absent.</summary>
    public Span<byte> Memory1, Memory2;

    /// <summary>The text argument, without the zero at its end.</summary>
    public ReadOnlySpan<byte> Text;

    /// <summary>The record argument, which the program can no longer reach.</summary>
    public Reservation Record;

    /// <summary>The first and second dynamic pointer among the arguments.</summary>
    public ref Dynptr Dynptr1, Dynptr2;

    /// <summary>The dynamic pointer that the call makes: it points nowhere until the body says where.</summary>
    public ref Dynptr Made;

    /// <summary>Where in the program's code the function argument begins.</summary>
    public int Function;

    /// <summary>The calls of that function which are to follow, if the body says so; what it returns is r0 otherwise.</summary>
    internal ref Loop Loop;

    /// <summary>The socket argument.</summary>
    public InetSocket? Socket;

    /// <summary>What the program can reach, for helpers that follow pointers of which no row tells.</summary>
    internal Memory Memory;

    /// <summary>The same where pointers are addresses of the process.</summary>
    internal IAddressSpace? Addresses;

    /// <summary>How many random numbers this frame has drawn.</summary>
    public ref uint Draws;

    /// <summary>The lock that the program holds, if it holds one.</summary>
    public ref HeldLock Held;

    /// <summary>Bytes at an address that may lead nowhere: false then.</summary>
    public readonly bool TryRead(ulong address, int size, out ReadOnlySpan<byte> bytes)
    {
        if (Addresses is not null) return Addresses.TryRead(in Frame, Buffer, address, size, out bytes);
        bool reached = Memory.Reach(address, size, MemoryAccess.Read, out var span) == AbortReason.None;
        bytes = span;
        return reached;
    }
}

/// <summary>What a program that works with addresses of the process can reach.</summary>
interface IAddressSpace
{
    bool TryRead(ref readonly Frame frame, ReadOnlySpan<byte> buffer, ulong address, int size, out ReadOnlySpan<byte> bytes);
}

/// <summary>
/// What a helper does. The result goes to r0; for a row that promises a map value, a record or a slice it is the offset in the map's storage
/// or the frame's buffer, -1 for null, or <see cref="DynptrBytes.InBuffer"/>; for one that promises a socket its id, or -1 for null.
/// </summary>
public delegate long HelperBody(ref HelperCall call);
