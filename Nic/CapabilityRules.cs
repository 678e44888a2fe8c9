using System.Globalization;
using Chainring.Kernels;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;
using Chainring.Offload.Verify;

namespace Chainring.Nic;

// Every rule that something breaks, at once, in the order in which drivers of cards check: a driver stops at the first.
public sealed partial record Capabilities
{
    /// <summary>Flags of who may use a map's descriptor; drivers never see them.</summary>
    const MapFlags AccessFlags = MapFlags.ReadOnly | MapFlags.WriteOnly;

    static readonly MapType[] RedirectTypes = [MapType.DevMap, MapType.DevMapHash, MapType.CpuMap, MapType.XskMap];

    const int AdjustHeadId = 44, AdjustTailId = 65;

    /// <summary>Whose rules a program is held to before these: those of a card, and they find out what these ask for.</summary>
    public VerifierOptions VerifierOptions => new()
    {
        Cpus = Queues,
        Offloaded = !IsHost,
        NotesNumbers = ReturnCodes is not null || AdjustHead is not null || AdjustTail is not null,
    };

    /// <summary>What a map breaks (nfp_bpf_map_alloc in drivers/net/ethernet/netronome/nfp/bpf/offload.c, after the type, which the core checks).</summary>
    /// <param name="others">The maps that are on the card.</param>
    public IReadOnlyList<Refusal> Refusals(MapSpec map, IReadOnlyCollection<MapSpec> others)
    {
        var broken = new List<Refusal>();
        var limits = LimitsOf(map);
        if (limits is null) broken.Add(Refusal.MapType(map, MapKinds!.Keys));
        if (limits is not null && (map.Flags & ~(limits.Flags | AccessFlags)) != 0) broken.Add(Refusal.MapFlags(map, limits.Flags | AccessFlags));
        bool ofHost = limits is { OfHost: true };
        var here = others.Where(m => LimitsOf(m) is not { OfHost: true }).ToList();
        if (!ofHost && here.Count >= Maps) broken.Add(Refusal.TooManyMaps(map, Maps));
        if (limits is not null && map.MaxEntries > limits.Entries) broken.Add(Refusal.MapEntries(map, limits.Entries));
        long left = MapEntries - here.Sum(m => (long)m.MaxEntries);
        if (!ofHost && map.MaxEntries > left) broken.Add(Refusal.MapEntriesLeft(map, left, MapEntries));
        long element = RoundUp(map.KeySize) + RoundUp(map.ValueSize);
        if (limits is not null && element > limits.ElementBytes) broken.Add(Refusal.MapElement(map, element, limits.ElementBytes));
        if (limits is not null && map.KeySize > limits.KeyBytes) broken.Add(Refusal.MapKey(map, limits.KeyBytes));
        if (limits is not null && map.ValueSize > limits.ValueBytes) broken.Add(Refusal.MapValue(map, limits.ValueBytes));
        return InOrder(broken.Select(b => Said(b)));

        static long RoundUp(int bytes) => (bytes + 7L) & ~7L;
    }

    static readonly MapLimits NoLimits = new();

    /// <summary>Null if the card has no maps of the type.</summary>
    MapLimits? LimitsOf(MapSpec map) => MapKinds is null ? NoLimits : MapKinds.GetValueOrDefault(map.Type);

    /// <summary>
    /// What a program breaks: first what it names, then what its instructions do, then what it is as a whole. A rule that several instructions break in
    /// the same way counts once.
    /// </summary>
    /// <param name="map">The map of a name in the program.</param>
    /// <param name="proof">Null if there is none; then every instruction counts as reached, and what only a proof can tell is not judged.</param>
    public IReadOnlyList<Refusal> Refusals(ProgramSpec program, Func<string, MapSpec> map, VerifiedProgram? proof)
    {
        var broken = new List<Refusal>();
        var subjects = new HashSet<(string Id, string Subject)>();
        NamesMaps();
        int[] reached = [.. Enumerable.Range(0, program.Code.Length).Where(slot => program.Code[slot].Kind != InstructionKind.Continuation && (proof is null || proof.Facts[slot].IsReached))];
        foreach (int slot in reached) Visit(slot, program.Code[slot], proof?.Facts[slot] ?? default);
        if (proof is not null && proof.CallDepth > CallDepth) Add("", Refusal.CallDepth(program.Name, proof.CallDepth, CallDepth));
        if (proof is not null && proof.StackBytes > StackBytes) Add("", Refusal.Stack(program.Name, proof.StackBytes, StackBytes), ("found", proof.StackBytes), ("limit", StackBytes));
        foreach (int slot in reached) Translate(slot, proof?.Facts[slot] ?? default);
        if (program.InstructionCount > InstructionsPerProgram)
            Add("", Refusal.TooManyInstructions(program.Name, program.InstructionCount, InstructionsPerProgram), ("found", program.InstructionCount), ("limit", InstructionsPerProgram));
        return InOrder(broken);

        void Add(string subject, Refusal refusal, params ReadOnlySpan<(string Name, object Value)> values)
        {
            if (subjects.Add((refusal.Id, subject))) broken.Add(Said(refusal, values));
        }

        void NamesMaps()
        {
            foreach (var reference in program.MapReferences)
            {
                var named = map(reference.Map);
                if (!TailCalls && named.Type == MapType.ProgramArray) Add(named.Name, Refusal.TailCalls(program.Name, reference.Slot, named.Name));
                if (!RedirectMaps && RedirectTypes.Contains(named.Type)) Add(named.Name, Refusal.RedirectMaps(program.Name, reference.Slot, named));
            }
        }

        void Visit(int slot, in Instruction i, in InstructionFacts facts)
        {
            string operation = OperationNames.Of(i);
            if (MissingOperations.Contains(operation))
            {
                if (i.Kind == InstructionKind.Atomic) Add(operation, Refusal.AtomicOperation(program.Name, slot, operation), ("id", InstructionSet.FormOf(i).Immediate ?? 0));
                else Add(operation, Refusal.Operation(program.Name, slot, operation), ("opcode", $"{InstructionSet.FormOf(i).Opcode:x2}"));
            }
            if (HelperTable.CalledBy(i) is { } row) Calls(slot, row, facts);
            if (i.Kind == InstructionKind.Store && facts.ContextField is { } written && !ContextWrites) Add(written, Refusal.ContextWrite(program.Name, slot, written));
            if (i.Kind == InstructionKind.Store && facts.StoresTo is { } stored && !MapStores) Add(stored.Name, Refusal.MapStore(program.Name, slot, stored.Name));
            if (ReturnCodes is not null) Returns(slot, facts);
        }

        void Calls(int slot, HelperRow row, in InstructionFacts facts)
        {
            if (Helpers?.Contains(row.Id) == false) Add(row.Name, Refusal.Helper(program.Name, slot, row.Name), ("id", row.Id));
            var limits = row.Id switch { AdjustHeadId => AdjustHead, AdjustTailId => AdjustTail, _ => null };
            if (limits is { } l && facts.Moves is { } moves && (moves.Least < l.Least || moves.Most > l.Most))
                Add($"{slot}", Refusal.Moves(program.Name, slot, row.Name, moves.Least, moves.Most, l.Least, l.Most));
        }

        void Returns(int slot, in InstructionFacts facts)
        {
            foreach (var code in Enum.GetValues<XdpAction>())
            {
                if ((facts.Returns >> (int)code & 1) != 0 && !ReturnCodes!.Contains(code))
                    Add($"{code}", Refusal.ReturnCode(program.Name, slot, NameOf(code), [.. ReturnCodes.Order().Select(NameOf)]));
            }
        }

        void Translate(int slot, in InstructionFacts facts)
        {
            if (ContextReads is null || facts.ContextField is not { } field || program.Code[slot].Kind != InstructionKind.Load || ContextReads.Contains(field)) return;
            Add(field, Refusal.ContextRead(program.Name, slot, field, ContextReads));
        }
    }

    static string NameOf(XdpAction code) => code switch
    {
        XdpAction.Aborted => "aborted",
        XdpAction.Drop => "drop",
        XdpAction.Pass => "pass",
        XdpAction.Tx => "tx",
        _ => "redirect",
    };

    /// <summary>What a chain breaks.</summary>
    public IReadOnlyList<Refusal> Refusals(int programs, int edges)
    {
        var broken = new List<Refusal>();
        if (programs > ChainPrograms) broken.Add(Said(Refusal.ChainPrograms(programs, ChainPrograms)));
        if (edges > ChainEdges) broken.Add(Said(Refusal.ChainEdges(edges, ChainEdges)));
        return InOrder(broken);
    }

    /// <summary>What is wrong with putting a program in the place of an attached one; null for nothing.</summary>
    public Refusal? RefuseReload(string program, string attached) => LiveReload ? null : Said(Refusal.LiveReload(program, attached));

    /// <summary>With what the real card's driver says.</summary>
    Refusal Said(Refusal refusal, params ReadOnlySpan<(string Name, object Value)> values)
    {
        if (!DriverTexts.TryGetValue(refusal.Name, out string? text)) return refusal;
        foreach (var (name, value) in values) text = text.Replace($"{{{name}}}", string.Create(CultureInfo.InvariantCulture, $"{value}"));
        return refusal.InWordsOfDriver(text);
    }

    IReadOnlyList<Refusal> InOrder(IEnumerable<Refusal> broken) =>
        [.. broken.OrderBy(r => ChecksFirst.ToList().IndexOf(r.Name) is var at and >= 0 ? at : int.MaxValue)];
}
