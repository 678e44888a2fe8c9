using Chainring.Kernels;
using Chainring.Kernels.Maps;
using Chainring.Kernels.Network;
using Chainring.Offload;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Nic;

/// <summary>What a card is built with.</summary>
public sealed record CardOptions
{
    public Capabilities Capabilities { get; init; } = new();

    /// <summary>What it shares with other cards that are ports of the same device; null for nothing.</summary>
    public CardMemory? Memory { get; init; }

    /// <summary>Of all randomness on the card.</summary>
    public ulong Seed { get; init; }

    public CardClock Clock { get; init; } = CardClock.Capture;

    public required IKernelTarget Target { get; init; }

    /// <summary>
    /// Programs are proven to be safe before the card takes them. False only for code that is judged by other rules than XDP's; a backend that needs a
    /// proof gets it all the same.
    /// </summary>
    public bool Verifies { get; init; } = true;

    /// <summary>Batches note which programs ran on each frame (<see cref="PacketBatch.Paths"/>).</summary>
    public bool NotesPaths { get; init; }

    /// <summary>
    /// What is installed serves at once, program by program, and is fused by a thread of the card meanwhile; else an install takes as long as fusing does,
    /// and every frame goes the same way.
    /// </summary>
    public bool FusesLater { get; init; }
}

/// <summary>
/// The card: maps, programs, chain tables, and the one snapshot that frames run through. Its control side (everything public here)
/// is for one thread; the packet side, a thread per CPU at most, takes a kernel with each batch.
/// </summary>
/// <remarks>What fusing a chain in the background has thrown, a bug of ours, is thrown by <see cref="Totals"/>.</remarks>
public sealed class SmartNic
{
    readonly CardOptions _options;
    readonly KernelEnvironment[] _environments;
    readonly BatchGate _gate;
    readonly Snapshots _snapshots;
    readonly Fuser _fuser;
    LoadedProgram? _entry;
    ChainTable? _table;
    LibxdpEnd? _end;
    volatile bool _readsRxHash;
    volatile bool _takesFragments = true;

    public SmartNic(CardOptions options)
    {
        _options = options;
        Memory = options.Memory ?? new();
        Memory.Join(this);
        _gate = new BatchGate(options.Capabilities.Queues);
        _environments = [.. Enumerable.Range(0, Capabilities.Queues).Select(cpu => new KernelEnvironment(Maps, cpu, options.Seed, options.Clock) { Network = Network })];
        _snapshots = new Snapshots(_gate);
        _fuser = new Fuser(_snapshots, (chain, target) => KernelsOf(chain, target.Compile));
        Target = options.Target;
        if (Programs.All.Any(p => p.PutsOut)) OpenEvents();
    }

    public Capabilities Capabilities => _options.Capabilities;

    internal bool NotesPaths => _options.NotesPaths;

    /// <summary>What is loaded and installed from now on is for that backend; what is installed goes on as it is. Set before programs are loaded that are to replace others.</summary>
    public IKernelTarget Target { get; set; }

    internal CardMemory Memory { get; }

    public MapTable Maps => Memory.Maps;

    public ProgramTable Programs => Memory.Programs;

    /// <summary>What programs can ask of the network; a port adds itself.</summary>
    public NetworkTable Network { get; } = new();

    /// <summary>The attached program; null when there is none, and then every frame passes.</summary>
    public LoadedProgram? Entry => _entry;

    public ChainTable? Table => _table;

    /// <summary>A program of the chain, or what runs it, may ask for the hash of frames, so ports have to make one.</summary>
    internal bool ReadsRxHash => _readsRxHash;

    /// <summary>Frames may have fragments: every program of the chain supports them, or none is attached.</summary>
    internal bool TakesFragments => _takesFragments;

    /// <summary>What the frames of a CPU's queues run through: immutable, replaced whole; null when no program is attached.</summary>
    public IKernel? Kernel(int cpu = 0) => _snapshots.Current is { Length: > 0 } kernels ? kernels[cpu] : null;

    public Result<Map> CreateMap(MapSpec spec)
    {
        if (MapKinds.Refuse(spec, Capabilities.Queues) is { } wrong) return wrong;
        if (Capabilities.Refusals(spec, [.. Maps.All.Select(m => m.Spec)]) is [var refusal, ..]) return refusal;
        var created = MapKinds.Create(Maps.NextId, spec, Capabilities.Queues);
        if (created.Problem is null) Maps.Add(created.Value);
        return created;
    }

    /// <summary>Puts a program on the card; the caller holds it until it calls <see cref="Release"/>.</summary>
    public Result<LoadedProgram> Load(ProgramSpec spec, Func<string, Map> maps)
    {
        if (Programs.Count >= Capabilities.Programs) return Refusal.TooManyPrograms(spec.Name, Capabilities.Programs);
        var loaded = LoadedProgram.Load(Programs.NextId, spec, maps);
        if (loaded.Problem is not null) return loaded;
        if (_options.Verifies || Target.NeedsProof)
        {
            var verified = Verifier.Verify(spec, name => maps(name).Facts, Capabilities.VerifierOptions);
            if (verified.Problem is { } rejection) return rejection;
            loaded.Value.Proof = verified.Value;
        }
        if (Capabilities.Refusals(spec, name => maps(name).Spec, loaded.Value.Proof) is [var refusal, ..]) return refusal;
        if (loaded.Value.Proof is not null && Target.Refuse(loaded.Value) is { } notCompiled) return notCompiled;
        Programs.Add(loaded.Value);
        if (loaded.Value.PutsOut)
        {
            foreach (var user in Memory.Users) user.OpenEvents();
        }
        return loaded;
    }

    void OpenEvents()
    {
        foreach (var environment in _environments) environment.Events.Open();
    }

    /// <summary>Gives back the reference that <see cref="Load"/> gave.</summary>
    public void Release(LoadedProgram program) => Programs.Release(program.Id);

    /// <summary>Fills or empties a prog array's slot; the array holds what it names. 0 or a negative errno.</summary>
    public int SetTailCall(ProgramArrayMap array, ReadOnlySpan<byte> key, LoadedProgram? program)
    {
        if (!MapCommands.MayWrite(array)) return -Errno.NotPermitted;
        var old = array[System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(key)];
        int result = array.Set(key, program);
        if (result != 0) return result;
        if (program is not null) Programs.Retain(program.Id);
        if (old is not null) Programs.Release(old.Id);
        return 0;
    }

    /// <summary>
    /// Puts a map of the card into a map of maps, which holds it, or with null empties the place. 0 or a negative errno. What was there before is
    /// given up when the batches that run now are over.
    /// </summary>
    public int SetInnerMap(Map outer, ReadOnlySpan<byte> key, Map? inner, ulong flags = UpdateFlags.Any)
    {
        if (!MapCommands.MayWrite(outer)) return -Errno.NotPermitted;
        int old = outer.Find(key, cpu: 0);
        int result = inner is null ? outer.Delete(key) : ((IMapOfMaps)outer).Set(key, inner, flags);
        if (result != 0) return result;
        if (inner is not null) Maps.Retain(inner);
        if (old < 0) return 0;
        WaitForBatches();
        Maps.Remove(Maps.Find((uint)old)!);
        return 0;
    }

    /// <summary>Events that programs could not put out because a CPU's log was full.</summary>
    public long EventsLost => _environments.Sum(e => e.Events.Lost);

    /// <summary>An empty table; nothing runs through it before it is installed.</summary>
    public Result<ChainTable> CreateTable(int maxEntries, bool previousVerdict = false) =>
        maxEntries > 0 ? new ChainTable(Memory, Capabilities, maxEntries, previousVerdict) : Refusal.ChainTableSize(maxEntries);

    /// <summary>Gives up a table: it and its references go at once, or when it is no longer installed. It cannot be installed again.</summary>
    public void Remove(ChainTable table)
    {
        table.IsRemoved = true;
        if (Memory.Users.All(user => user._table != table)) table.Clear();
    }

    /// <summary>Carries out a request whole, or refuses it and changes nothing. Frames in flight finish on what they started with.</summary>
    public Refusal? Install(InstallRequest request)
    {
        if (Refuse(request) is { } refusal) return refusal;
        var chain = Link(request.Program, request.Table, request.End);
        if (chain is not null && Target.Refuse(chain, Maps) is { } notCompiled) return notCompiled;

        var (oldEntry, oldTable) = (_entry, _table);
        (_entry, _table, _end) = (request.Program, request.Table, request.End);
        Swap(chain);
        if (_entry is not null) Programs.Retain(_entry.Id);
        if (oldEntry is not null) Programs.Release(oldEntry.Id);
        if (oldTable is { IsRemoved: true } && Memory.Users.All(user => user._table != oldTable)) oldTable.Clear();
        return null;
    }

    /// <summary>What every program and edge has counted since the card was built.</summary>
    public RunTotals Totals()
    {
        _fuser.ThrowBug();
        return _snapshots.Totals();
    }

    /// <summary>Waits until nothing is being fused in the background: the newest chain is, if the backend fuses.</summary>
    public void WaitForFusion() => _fuser.Wait();

    /// <summary>
    /// Waits until every batch that runs now is over: what was detached or removed before is not in use after. Not to be called
    /// from within a batch.
    /// </summary>
    public void WaitForBatches() => Memory.WaitForBatches();

    internal void WaitForOwnBatches()
    {
        long[] marks = _gate.Marks();
        var spin = new SpinWait();
        for (int cpu = 0; cpu < marks.Length; cpu++)
        {
            while (!_gate.HasPassed(cpu, marks[cpu])) spin.SpinOnce();
        }
    }

    /// <summary>Runs a batch that came through no port, on a CPU where nothing else may run meanwhile. What its programs put out is forgotten.</summary>
    public void RunAlone(PacketBatch batch, int cpu = 0)
    {
        EnterBatch(cpu)?.Run(batch);
        ForgetEvents(cpu);
        LeaveBatch(cpu);
    }

    /// <summary>The packet side's: a batch of this CPU begins, on the kernel that it gets; null when no program is attached.</summary>
    internal IKernel? EnterBatch(int cpu)
    {
        _gate.Enter(cpu);
        return Kernel(cpu);
    }

    internal void LeaveBatch(int cpu) => _gate.Leave(cpu);

    /// <summary>What the programs of a CPU have put out since <see cref="ForgetEvents"/>.</summary>
    internal EventLog Events(int cpu) => _environments[cpu].Events;

    internal void ForgetEvents(int cpu)
    {
        _environments[cpu].Events.Clear();
        Maps.ConsumeRingBuffers();
    }

    internal void TableChanged(ChainTable table)
    {
        if (table == _table) Swap(Link(_entry, _table, _end));
    }

    /// <summary>What the backend does not take of the chain of a table as it stands, if that is installed.</summary>
    internal Refusal? RefuseChain(ChainTable table) => table == _table && Link(_entry, table, _end) is { } chain ? Target.Refuse(chain, Maps) : null;

    static Chain? Link(LoadedProgram? entry, ChainTable? table, LibxdpEnd? end) => entry is null ? null : table is null ? Chain.Of(entry) : table.Link(entry, end);

    void Swap(Chain? chain)
    {
        bool fusesLater = chain is not null && _options.FusesLater && Target.Fuses;
        IKernel[] kernels = chain is null ? [] : KernelsOf(chain, fusesLater ? Target.CompileStageByStage : Target.Compile);
        // Frames have the hash from before the first kernel that asks for it until after the last one; with fragments it is the other way round.
        bool readsRxHash = chain is not null && (chain.MayReadRxHash || Target.ReadsRxHash);
        _readsRxHash |= readsRxHash;
        _takesFragments &= chain is not { TakesFragments: false };
        _snapshots.Replace(kernels);
        (_readsRxHash, _takesFragments) = (readsRxHash, chain is not { TakesFragments: false });
        _fuser.Ask(fusesLater ? kernels : [], Target);
    }

    IKernel[] KernelsOf(Chain chain, Func<Chain, KernelEnvironment, IKernel> compile) => [.. _environments.Select(environment => compile(chain, environment))];

    /// <summary>
    /// In the order of Linux' dev_xdp_attach: first who is attached, then the table, then whether the program may be attached here.
    /// </summary>
    Refusal? Refuse(InstallRequest request)
    {
        if (!request.ProgramGiven) return Refusal.TableWithoutProgram();
        uint attached = _entry?.Id ?? 0;
        if (request.ExpectedProgram is { } expected && expected != attached) return Refusal.WrongProgram(expected, attached);
        if (request.OnlyIfNone && request.Program is not null && attached != 0) return Refusal.AlreadyAttached(attached);

        if (RefuseTable(request.Program is not null, request.TableGiven, request.Table, request.ExpectedRevision) is { } aboutTable) return aboutTable;
        if (request.Program is not { } program) return null;
        if (Programs.Find(program.Id) != program) return Refusal.OtherCard($"program {program.Name}");
        return _entry is null || _entry == program ? null : Capabilities.RefuseReload(program.Name, _entry.Name);
    }

    /// <summary>What is wrong with what a request says of the table; null if nothing is.</summary>
    /// <param name="attaches">It names a program.</param>
    /// <param name="given">It says something of the table.</param>
    /// <param name="table">Null to take the table away.</param>
    public Refusal? RefuseTable(bool attaches, bool given, ChainTable? table, ulong? expectedRevision)
    {
        if (!given && _table is not null) return Refusal.TableWouldBeLost();
        if (!attaches && table is not null) return Refusal.TableOnDetach();
        if (table is not null && !table.BelongsTo(this)) return Refusal.OtherCard($"chain table {table.Id}");
        ulong revision = _table?.Revision ?? 0;
        return expectedRevision is { } wanted && wanted != revision ? Refusal.StaleRevision(wanted, revision) : null;
    }
}
