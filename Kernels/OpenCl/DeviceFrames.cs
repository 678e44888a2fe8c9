namespace Chainring.Kernels.OpenCl;

/// <summary>How a chain's kernel comes to its frames, and they to their verdicts.</summary>
/// <param name="passes">Null: frames do not run in passes.</param>
abstract class DeviceFrames(DeviceSource source, DeviceKernel kernel, DevicePasses? passes)
{
    protected DeviceSource Source => source;

    protected DeviceKernel Kernel => kernel;

    protected DevicePasses? Passes => passes;

    protected void Set<T>(string argument, T number) where T : unmanaged => kernel.Set(source.ArgumentOf(argument), number);

    /// <summary>Sets what is the same for every batch.</summary>
    /// <param name="stop">The watchdog's word.</param>
    public void Begin(KernelEnvironment environment, DeviceBuffer? stop)
    {
        Set("cpu", (uint)environment.Cpu);
        Set("seed", environment.Seed);
        kernel.Set(source.ArgumentOf("stop"), stop);
    }

    /// <summary>Launches it over no frame: drivers compile at the first launch, and no frame is to wait for that.</summary>
    public void Warm()
    {
        foreach (string clock in (ReadOnlySpan<string>)["wall", "tai"]) Set(clock, 0UL);
        Set("count", 0u);
        if (kernel.Begin()) WarmUp();
        kernel.End();
        kernel.ForgetTimes();
    }

    /// <summary>Runs a batch, whose clock is that if it is not 0, and fills in its verdicts up to the frame that it has come to.</summary>
    /// <returns>Refused: no frame has been run.</returns>
    public LaunchResult Run(PacketBatch batch, ulong wall, ulong tai, out int done)
    {
        Set("wall", wall);
        Set("tai", tai);
        done = 0;
        passes?.Begin();
        var result = kernel.Begin() ? Run(batch, out done) : LaunchResult.Refused;
        if (!kernel.End()) return LaunchResult.Failed;
        if (result == LaunchResult.Done) passes?.End();
        return result;
    }

    protected abstract LaunchResult Run(PacketBatch batch, out int done);

    /// <summary>Sets what else a launch must have as arguments, and launches.</summary>
    protected abstract void WarmUp();

    /// <summary>A launch, or one of each kind, over no frame.</summary>
    protected void Launch(DevicePiece piece)
    {
        var (items, group) = Shape(1);
        if (passes is null) kernel.Run(piece, items, group);
        else passes.Warm(kernel);
    }

    /// <summary>Work-items of a launch for so many frames, and of a work-group.</summary>
    protected (int Items, int Group) Shape(int frames) => source.InOrder ? (1, 1) : (DeviceKernel.Groups(frames), DeviceSource.GroupSize);
}

/// <summary>Frames stay in the buffers in which they came: a batch is one launch, or one for each pass. For devices that share the host's memory.</summary>
sealed unsafe class FramesInPlace(DeviceSource source, DeviceKernel kernel, Device device, FrameOutcomes outcomes, DevicePasses? passes) : DeviceFrames(source, kernel, passes)
{
    readonly DevicePiece _piece = new(passes?.Memories ?? []);
    PacketMemory? _memory;
    int[] _numbers = [];
    uint[] _outcomes = [];
    ushort[] _ways = [];

    protected override LaunchResult Run(PacketBatch batch, out int done)
    {
        Prepare(batch);
        var (items, group) = Shape(batch.Count);
        var result = Passes is null ? Kernel.Run(_piece, items, group) : Passes.Run(Kernel, _piece, batch, 0, batch.Count);
        done = result == LaunchResult.Done ? batch.Count : 0;
        fixed (uint* first = _outcomes)
        {
            fixed (ushort* ways = _ways) outcomes.Take(batch, 0, done, first, ways);
        }
        return result;
    }

    protected override void WarmUp()
    {
        Room(1);
        foreach (string buffer in (ReadOnlySpan<string>)["packets", "records"]) Set(buffer, _numbers, (long)_numbers.Length * sizeof(int));
        Set("stride", 0u);
        Launch(_piece);
    }

    void Prepare(PacketBatch batch)
    {
        if (batch.Count > _numbers.Length) Room(batch.Count);
        var memory = batch.Memory;
        if (memory != _memory)
        {
            var (buffers, frames) = memory.Arrays;
            Set("packets", buffers, buffers.LongLength);
            Set("records", frames, (long)frames.Length * sizeof(Frame));
            Set("stride", (uint)memory.Stride);
            _memory = memory;
        }
        batch.Numbers.CopyTo(_numbers);
        Set("count", (uint)batch.Count);
    }

    void Room(int frames)
    {
        int capacity = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)frames);
        _numbers = GC.AllocateArray<int>(capacity, pinned: true);
        _outcomes = GC.AllocateArray<uint>(capacity, pinned: true);
        _ways = GC.AllocateArray<ushort>(Math.Max(capacity * Source.Ways, 1), pinned: true);
        Set("numbers", _numbers, (long)_numbers.Length * sizeof(int));
        Set("outcomes", _outcomes, (long)_outcomes.Length * sizeof(uint));
        Set("ways", _ways, (long)_ways.Length * sizeof(ushort));
    }

    void Set(string argument, Array items, long bytes) => Kernel.Set(Source.ArgumentOf(argument), device.BufferOf(items, bytes));
}

/// <summary>
/// Frames in columns. Where the device has memory of its own, a batch goes there in pieces, of which three are on their way at a time: one to the device, one in the kernel, one back.
/// They are started, run and taken back in order; where frames run in passes, one after the other.
/// </summary>
sealed unsafe class FramesInColumns : DeviceFrames
{
    /// <summary>Pieces on their way.</summary>
    public const int MostPieces = 3;

    sealed class Piece(Device device, bool isShared, DeviceMemory[] others)
    {
        public DeviceMemory Columns { get; } = new(device, isShared);

        public DeviceMemory Rows { get; } = new(device, isShared);

        public DeviceMemory Ways { get; } = new(device, isShared);

        public DevicePiece OnItsWay => field ??= new([Columns, Rows, Ways, .. others]);
    }

    readonly Device _device;
    readonly FramePlan _plan;
    readonly FrameColumns _columns;
    readonly FrameRows _rows;
    readonly FrameOutcomes _outcomes;
    readonly Piece[] _pieces;
    readonly bool _isShared;
    readonly int _pieceFrames;

    /// <param name="pieceFrames">Of each piece, at most.</param>
    public FramesInColumns(DeviceSource source, DeviceKernel kernel, Device device, FrameOutcomes outcomes, DevicePasses? passes, bool isShared, int pieceFrames) : base(source, kernel, passes)
    {
        (_device, _outcomes, _isShared, _pieceFrames) = (device, outcomes, isShared, isShared ? int.MaxValue : pieceFrames);
        _plan = source.Frames!;
        (_columns, _rows) = (new(_plan), new(_plan));
        _pieces = [.. Enumerable.Range(0, isShared || passes is not null ? 1 : MostPieces).Select(_ => new Piece(device, isShared, passes?.Memories ?? []))];
    }

    protected override LaunchResult Run(PacketBatch batch, out int done) => Passes is null ? RunAtOnce(batch, out done) : RunInPasses(batch, Passes, out done);

    LaunchResult RunInPasses(PacketBatch batch, DevicePasses passes, out int done)
    {
        var piece = _pieces[0];
        for (done = 0; done < batch.Count; done += TakeBack(piece, batch))
        {
            int count = Math.Min(_pieceFrames, batch.Count - done);
            var result = Fill(piece, batch, done, count) ? passes.Run(Kernel, piece.OnItsWay, batch, done, count) : LaunchResult.Refused;
            if (result != LaunchResult.Done) return done == 0 ? result : LaunchResult.Failed;
        }
        return LaunchResult.Done;
    }

    LaunchResult RunAtOnce(PacketBatch batch, out int done)
    {
        var result = LaunchResult.Done;
        int started = 0, finished = 0, next = 0;
        done = 0;
        while (true)
        {
            if (next < batch.Count && result == LaunchResult.Done && started - finished < _pieces.Length)
            {
                var piece = _pieces[started % _pieces.Length];
                int count = Math.Min(_pieceFrames, batch.Count - next);
                if (Start(piece, batch, next, count))
                {
                    started++;
                    next += count;
                }
                else
                {
                    result = started == 0 ? LaunchResult.Refused : LaunchResult.Failed;
                }
            }
            else if (finished < started)
            {
                var piece = _pieces[finished++ % _pieces.Length];
                if (!Kernel.Finish(piece.OnItsWay)) result = LaunchResult.Failed;
                // Behind a piece that has failed nobody knows what others have found.
                if (piece.OnItsWay.First == done && result != LaunchResult.Failed) done += TakeBack(piece, batch);
            }
            else
            {
                return result;
            }
        }
    }

    protected override void WarmUp()
    {
        var piece = _pieces[0];
        foreach (var (argument, memory) in (ReadOnlySpan<(string, DeviceMemory)>)[("columns", piece.Columns), ("packets", piece.Rows), ("ways", piece.Ways)])
        {
            if (!memory.Room(1)) return;
            Kernel.Set(Source.ArgumentOf(argument), memory);
        }
        Set("step", 0u);
        Set("stride", 0u);
        Launch(piece.OnItsWay);
    }

    /// <summary>False if the driver does not take it.</summary>
    bool Start(Piece piece, PacketBatch batch, int first, int count)
    {
        if (!Fill(piece, batch, first, count)) return false;
        var (items, group) = Shape(count);
        return Kernel.Start(piece.OnItsWay, items, group);
    }

    /// <summary>Sets frames out, and what is to be copied; false if the device has no memory for them.</summary>
    bool Fill(Piece piece, PacketBatch batch, int first, int count)
    {
        (piece.OnItsWay.First, piece.OnItsWay.Frames) = (first, count);
        long column = (long)count * sizeof(uint), ways = (long)count * Source.Ways * sizeof(ushort);
        if (!piece.Columns.Room(_plan.Columns.Count * column) || !piece.Ways.Room(Math.Max(ways, 1)) || !FillRows(piece, batch, first, count)) return false;
        piece.Columns.Copies((0, _plan.In * column), (_plan.OutFrom * column, (_plan.Columns.Count - _plan.OutFrom) * column));
        piece.Ways.Copies(default, (0, ways));
        _columns.Fill(batch, first, count, (uint*)piece.Columns.Host, count, _isShared ? batch.Numbers : _rows.Starts);
        Kernel.Set(Source.ArgumentOf("columns"), piece.Columns);
        Kernel.Set(Source.ArgumentOf("ways"), piece.Ways);
        Set("count", (uint)count);
        Set("step", (uint)count);
        return true;
    }

    bool FillRows(Piece piece, PacketBatch batch, int first, int count)
    {
        if (_plan.HasRows && _isShared)
        {
            var buffers = batch.Memory.Arrays.Buffers;
            Kernel.Set(Source.ArgumentOf("packets"), _device.BufferOf(buffers, buffers.LongLength));
            Set("stride", (uint)batch.Memory.Stride);
            return true;
        }
        long bytes = _plan.HasRows ? _rows.Place(batch, first, count) : 0;
        if (!piece.Rows.Room(Math.Max(bytes, 1))) return false;
        piece.Rows.Copies((0, bytes), (0, _plan.RowsComeBack ? bytes : 0));
        if (bytes > 0) _rows.Fill(batch, first, count, (byte*)piece.Rows.Host);
        Kernel.Set(Source.ArgumentOf("packets"), piece.Rows);
        Set("stride", 1u);
        return true;
    }

    int TakeBack(Piece piece, PacketBatch batch)
    {
        int first = piece.OnItsWay.First, count = piece.OnItsWay.Frames;
        uint* columns = (uint*)piece.Columns.Host;
        if (_plan.RowsComeBack && !_isShared) _rows.TakeBack(batch, first, count, (byte*)piece.Rows.Host);
        _columns.TakeBack(batch, first, count, columns, count);
        _outcomes.Take(batch, first, count, columns + (nint)_plan.Outcome * count, (ushort*)piece.Ways.Host);
        return count;
    }
}
