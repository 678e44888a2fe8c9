using System.Runtime.InteropServices;
using Chainring.Kernels.Helpers;
using Chainring.Kernels.Interpreter;
using Chainring.Kernels.Maps;
using Chainring.Offload.Isa;

namespace Chainring.Kernels.Il;

/// <summary>What compiled code works with on one CPU: its stack, what the running program holds, and the chain's programs and maps by number.</summary>
sealed unsafe class Execution : IAddressSpace
{
    const int MaxWalks = RunLimits.MaxDepth;

    /// <summary>The longest key of a map that can be walked (kernel/bpf/hashtab.c: MAX_BPF_STACK).</summary>
    const int MaxKeyBytes = 512;

    /// <summary>Bytes of the stacks of a program's functions. One that is tail-called takes the place of its caller.</summary>
    const int StackBytes = RunLimits.MaxDepth * RunLimits.StackBytes;

    /// <summary>From one stack to the next: an odd number of cache lines, so that they do not share cache sets.</summary>
    const int StackStride = StackBytes + 64;

    readonly byte[] _memory;

    /// <param name="stacks">Frames that are run at once.</param>
    public Execution(Chain chain, KernelEnvironment environment, int stacks = 1)
    {
        Environment = environment;
        Cpu = environment.Cpu;
        _memory = GC.AllocateArray<byte>(MaxWalks * MaxKeyBytes + stacks * StackStride, pinned: true);
        Stack = StackOf(0);
        Machine = new Machine(environment);
        Rooms = ChainDescription.TailCalledBy(chain).ToDictionary(p => p.Id, p => new CodeRoom(CompiledChain.Of(p), this));
    }

    public KernelEnvironment Environment { get; }

    // What emitted code reads has to be fields.
    public int Cpu;

    /// <summary>The bottom of the stack of the running program.</summary>
    public nint Stack;

    /// <summary>Where the running code counts, and keeps values when it is in several pieces.</summary>
    public nint Counts, Spills;

    /// <summary>Instructions that were executed in this run, in programs for which that matters.</summary>
    public ulong Executed;

    /// <summary>What became of the last tail call: a <see cref="Offload.Ir.TailCallOutcome"/>.</summary>
    public ulong Outcome;

    /// <summary>What an atomic operation has found.</summary>
    public ulong Fetched;

    public AbortReason TailFault { get; set; }

    /// <summary>Tail calls that were taken in this run.</summary>
    public int TailCalls;

    /// <summary>0 while the chain's own code runs, more in what it tail-called.</summary>
    public int Nesting { get; set; }

    public LoadedProgram[] Programs { get; set; } = [];

    /// <summary>Compiled programs that can be tail-called, by id.</summary>
    public Dictionary<uint, CodeRoom> Rooms { get; }

    public CodeRoom? RoomOf(LoadedProgram program) => Rooms.GetValueOrDefault(program.Id);

    public Reservations Reservations { get; } = new();

    public DynptrTable Dynptrs { get; } = new();

    public SocketReferences Sockets { get; } = new();

    /// <summary>What runs programs that are not compiled.</summary>
    public Machine Machine { get; }

    /// <summary>Random numbers that were drawn for this frame.</summary>
    public uint Draws;

    public HeldLock Held;

    /// <summary>Bytes of the frame's buffer.</summary>
    public int BufferBytes { get; set; }

    /// <summary>The dynamic pointer that the helper which is called makes.</summary>
    public Dynptr Made;

    public MapCursor[] Cursors { get; } = new MapCursor[MaxWalks];

    public Map?[] Walked { get; } = new Map?[MaxWalks];

    /// <summary>Where the key of a walk's element is put.</summary>
    public nint KeyOf(int walk) => Marshal.UnsafeAddrOfPinnedArrayElement(_memory, walk * MaxKeyBytes);

    public nint StackOf(int number) => Marshal.UnsafeAddrOfPinnedArrayElement(_memory, MaxWalks * MaxKeyBytes + number * StackStride);

    /// <summary>On a stack, in the frame, or in a map that programs may read.</summary>
    public bool TryRead(ref readonly Frame frame, ReadOnlySpan<byte> buffer, ulong address, int size, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        ulong onStack = address - (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
        ulong inBuffer = address - (ulong)(nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(buffer));
        bool reached = (onStack < (ulong)_memory.Length && onStack + (uint)size <= (ulong)_memory.Length)
            || (inBuffer < (ulong)buffer.Length && inBuffer >= (ulong)frame.Meta && inBuffer + (uint)size <= (ulong)frame.End)
            || (Environment.Maps.FindByAddress(address, out int offset) is { ProgramsMayRead: true } map && map.Holds((ulong)offset, size));
        if (reached) bytes = new((void*)address, size);
        return reached;
    }

    /// <summary>A frame enters the chain.</summary>
    public void BeginFrame() => Draws = 0;
}
