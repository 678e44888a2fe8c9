namespace Chainring.Offload.Verify;

/// <summary>Something that has to be given back: a record of a ring buffer, a socket.</summary>
/// <param name="Slot">The instruction that got it.</param>
readonly record struct Reference(uint Id, int Slot, string What);

/// <summary>What a lock is: the map and the id of the value that it lies in.</summary>
readonly record struct HeldLock(MapFacts Map, uint Id);

/// <summary>
/// Everything known at one point of one path. A checkpoint is one that is kept: paths that come to the same instruction knowing no less
/// need not go on.
/// </summary>
sealed class PathState
{
    readonly List<CallFrame> _frames;

    PathState(List<CallFrame> frames) => _frames = frames;

    public PathState() => _frames = [new CallFrame()];

    public IReadOnlyList<CallFrame> Frames => _frames;

    public CallFrame Top => _frames[^1];

    public int Depth => _frames.Count - 1;

    public List<Reference> References { get; private set; } = [];

    public HeldLock? Lock { get; set; }

    /// <summary>The instruction before which it was kept.</summary>
    public int Slot { get; set; }

    /// <summary>The checkpoint before.</summary>
    public PathState? Parent { get; set; }

    /// <summary>Of a checkpoint: the one before it that is in fewer functions, the nearest.</summary>
    public PathState? Outside { get; set; }

    /// <summary>Of a checkpoint: how many there are before it on its path.</summary>
    public int Number { get; set; }

    /// <summary>The instruction that was executed last.</summary>
    public Step? LastStep { get; set; }

    /// <summary>Paths from here that have not ended.</summary>
    public int Branches { get; set; } = 1;

    /// <summary>How many callbacks were entered to come here.</summary>
    public int Callbacks { get; set; }

    /// <summary>How many times a <c>may_goto</c> let it go on.</summary>
    public int MayGotos { get; set; }

    /// <summary>It lies on a loop that was ended because it converged, so what is read from it on is not fully known: others must know no less.</summary>
    public bool InConvergedLoop => ConvergedTo is not null;

    /// <summary>Where the longest such loop begins.</summary>
    public PathState? ConvergedTo { get; set; }

    /// <summary>How often a comparison with it ended a path, or did not.</summary>
    public int Hits { get; set; }

    public int Misses { get; set; }

    /// <summary>What is not needed from here on has been forgotten.</summary>
    public bool IsCleaned { get; set; }

    /// <summary>The most instructions that any path from here executes.</summary>
    public long WorstCase { get; set; }

    /// <summary>Instructions executed on the path when it was kept.</summary>
    public long Executed { get; set; }

    public PathState Copy()
    {
        var frames = new List<CallFrame>(_frames.Count + 1);
        foreach (var frame in _frames) frames.Add(frame.Copy());
        return new PathState(frames)
        {
            References = References.Count == 0 ? References : [.. References],
            Lock = Lock,
            Slot = Slot,
            Parent = Parent,
            LastStep = LastStep,
            Callbacks = Callbacks,
            MayGotos = MayGotos,
            Executed = Executed,
        };
    }

    public void Push(CallFrame frame) => _frames.Add(frame);

    public CallFrame Pop()
    {
        var top = Top;
        _frames.RemoveAt(_frames.Count - 1);
        return top;
    }

    public void Acquire(Reference reference) => References = [.. References, reference];

    public bool Release(uint id)
    {
        int at = References.FindIndex(r => r.Id == id);
        if (at < 0) return false;
        References = [.. References.Where(r => r.Id != id)];
        return true;
    }

    /// <summary>Does something to every register there is, those on stacks included.</summary>
    public void ForEach(RegisterAction action)
    {
        foreach (var frame in _frames)
        {
            for (int n = 0; n < frame.Registers.Length; n++) action(ref frame.Registers[n]);
            for (int slot = 0; slot < frame.Slots; slot++)
            {
                if (frame.IsSpilled(slot)) action(ref frame.Spilled(slot));
            }
        }
    }
}

delegate void RegisterAction(ref Register register);

/// <summary>Registers that held the same number when a branch was decided: registers as bit n, stack slots as bit n, by frame.</summary>
sealed record LinkedNumbers((int Frame, ushort Registers, ulong Slots)[] Places);

/// <summary>An instruction that was executed on a path, and the one before it.</summary>
/// <param name="checkpoint">The last checkpoint before it.</param>
sealed class Step(Step? previous, int slot, PathState? checkpoint)
{
    public Step? Previous => previous;

    public int Slot => slot;

    public PathState? Checkpoint => checkpoint;

    /// <summary>The stack slot that it read or wrote, at a known place; -1 if none.</summary>
    public int StackSlot { get; set; } = -1;

    public int StackFrame { get; set; }

    public LinkedNumbers? Linked { get; set; }
}
