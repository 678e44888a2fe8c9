using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Host.Driver.Emulated;

// BPF_PROG_LOAD. What is wrong with the attributes comes first, then whose program it will be, its maps, the driver, the verifier, and the driver again.
public sealed partial class EmulatedProcess
{
    const uint DeviceBoundOnly = 1 << 6, HasFragments = 1 << 5;

    /// <summary>Flags that Linux knows of; most have no meaning for XDP.</summary>
    const uint KnownProgramFlags = 0x1ff;

    const int MaxInstructions = 1_000_000, MaxLicense = 127;

    int LoadProgram(Fields attr)
    {
        uint flags = attr.U32(44), count = attr.U32(4);
        int type = attr.I32(0), ifindex = attr.I32(64);
        if ((flags & ~KnownProgramFlags) != 0) return -Errno.Invalid;
        if (!MayUseBpf) return -Errno.NotPermitted;
        // One that is longer counts as far as the kernel reads it.
        if (Text(attr.U64(16), MaxLicense, out string license) == -Errno.Fault) return -Errno.Fault;
        if (count is 0 or > MaxInstructions) return -Errno.TooBig;
        if (type is (int)ProgramType.Xdp or (int)ProgramType.Classifier && !MayAdministerNet) return -Errno.NotPermitted;
        var code = new byte[count * Offload.Isa.Encoding.SlotBytes];
        if (!Memory.TryRead(attr.U64(8), code)) return -Errno.Fault;

        NetDevice? device = null;
        bool boundOnly = (flags & DeviceBoundOnly) != 0;
        if (ifindex != 0)
        {
            if (DeviceFor(type, ifindex, flags, out device) is var misplaced and not 0) return misplaced;
        }
        if (Name(attr, 48) is not { } name) return -Errno.Invalid;
        if (!LoadLog.IsValid(attr)) return -Errno.Invalid;
        var request = new LoadRequest(name, (ProgramType)type, attr.I32(68), flags, license, code, device, device is not null && !boundOnly);
        var log = new LoadLog(attr.U32(24));
        int result = Load(request, log, attr);
        return log.Give(Memory, ref attr) is var full and not 0 && result >= 0 ? Undo(result, full) : result;
    }

    int Undo(int fd, int errno)
    {
        Close(fd);
        return errno;
    }

    /// <param name="Device">That it was loaded for; null for none.</param>
    /// <param name="IsOffloaded">It goes onto the card.</param>
    sealed record LoadRequest(
        string Name, ProgramType Type, int AttachType, uint Flags, string License, byte[] Code, NetDevice? Device, bool IsOffloaded)
    {
        /// <summary>What it says of its functions and lines; null if it says nothing.</summary>
        public BpfTypes? Types { get; init; }
    }

    int DeviceFor(int type, int ifindex, uint flags, out NetDevice? device)
    {
        device = null;
        bool boundOnly = (flags & DeviceBoundOnly) != 0;
        if (type is not (int)ProgramType.Xdp and not (int)ProgramType.Classifier) return -Errno.Invalid;
        if ((flags & ~(DeviceBoundOnly | HasFragments)) != 0) return -Errno.Invalid;
        if ((flags & HasFragments) != 0 && !boundOnly) return -Errno.Invalid;
        if (boundOnly && type == (int)ProgramType.Classifier) return -Errno.Invalid;
        device = Host.Find(Namespace, ifindex);
        if (device is null) return -Errno.Invalid;
        if (!device.Driver.HasXdp) return -Errno.OperationNotSupported;
        return boundOnly || device.Card is not null ? 0 : -Errno.Invalid;
    }

    int Load(LoadRequest request, LoadLog log, Fields attr)
    {
        if (request.IsOffloaded && request.Device!.Card!.Capabilities.Programs <= request.Device.Card.Programs.Count) return -Errno.NoMemory;
        if (!Offload.Isa.Encoding.Decode(request.Code, request.Name).Try(out var code, out var malformed))
        {
            log.Say(malformed.Sentence);
            return Finish(log, 0, -Errno.Invalid);
        }
        var functions = FunctionsOf(code);
        if (functions is null)
        {
            return Finish(log, 0, log.Refuse("a call leads out of the program"));
        }
        if (ReadTypes(attr, code, functions, log, out var types, out var lines) is var misread and not 0) return Finish(log, 0, misread);
        request = request with { Types = types };
        if (NameMaps(request, code, attr.U64(120), log, out var maps) is var misnamed and not 0) return Finish(log, 0, misnamed);
        var spec = new ProgramSpec
        {
            Name = request.Name,
            Section = (request.Flags & HasFragments) != 0 ? "xdp.frags" : "xdp",
            Code = code,
            Functions = functions,
            MapReferences = maps.References,
            License = request.License,
            Lines = lines,
        };
        bool runs = request.Type == ProgramType.Xdp;
        if (request.IsOffloaded) return LoadOnCard(request, spec, maps, log);
        if (!runs) return Finish(log, code.Length, Put(new BpfProgram(Host, FactsOf(request, code.Length), null, null, maps.Maps, request.Types)));
        if (!Host.Engine.Load(spec, maps.Of).Try(out var loaded, out var problem))
        {
            log.Explain(spec, problem, driverLine: null);
            return Finish(log, LoadLog.VisitedBefore(problem), -Answer.Of(problem).Errno);
        }
        log.Walk(loaded.Proof!, driverLine: null);
        var program = new BpfProgram(Host, FactsOf(request, loaded.Proof!.Processed), loaded, Host.Engine, maps.Maps, request.Types)
        {
            IsDeviceBound = request.Device is not null,
            Home = request.Device,
        };
        return Finish(log, loaded.Proof.Processed, Put(program));
    }

    int LoadOnCard(LoadRequest request, ProgramSpec spec, NamedMaps maps, LoadLog log)
    {
        var device = request.Device!;
        var (card, engine) = (device.Card!, device.OnCard!);
        int sequence = card.NextSequence();
        bool Goes(LoadStep step)
        {
            if (card.Switches.VanishesAt != step) return false;
            Host.RemoveCard(card.Number);
            return true;
        }
        if (Goes(LoadStep.Prepare)) return Finish(log, 0, -Errno.NoDevice);
        if (!card.Switches.BindAccept) return Finish(log, 0, -Errno.OperationNotSupported);
        if (card.Switches.VerifierDelayMs is var delay and not 0) Thread.Sleep((int)delay);
        if (Goes(LoadStep.Verify)) return Finish(log, 0, -Errno.NoDevice);

        // A program that could never be attached is taken all the same: it is XDP's rules that it is held to.
        if (!engine.Load(spec, maps.Of).Try(out var loaded, out var problem))
        {
            log.Explain(spec, problem, card.Driver.LogLine);
            return Finish(log, LoadLog.VisitedBefore(problem), -Answer.Of(problem).Errno);
        }
        int visited = loaded.Proof!.Processed;
        if (!card.Switches.VerifierAccept)
        {
            engine.Release(loaded);
            log.Fail(loaded.Proof, card.Driver.LogLine);
            return Finish(log, visited, -Errno.OperationNotSupported);
        }
        if (Goes(LoadStep.Finalize) || Goes(LoadStep.Translate))
        {
            engine.Release(loaded);
            return Finish(log, visited, -Errno.NoDevice);
        }
        log.Walk(loaded.Proof, card.Driver.LogLine);
        var program = new BpfProgram(Host, FactsOf(request, visited), loaded, engine, maps.Maps, request.Types)
        {
            IsDeviceBound = true,
            IsOffloaded = true,
            Home = device,
            Sequence = sequence,
        };
        card.Add(program);
        return Finish(log, visited, Put(program));
    }

    static int Finish(LoadLog log, int visited, int result)
    {
        log.Close(visited);
        return result;
    }

    ProgramFacts FactsOf(LoadRequest request, int verified) => new()
    {
        Name = request.Name,
        Type = request.Type,
        ExpectedAttachType = request.AttachType,
        TakesFragments = (request.Flags & HasFragments) != 0,
        IsGpl = Licenses.AreCompatible(request.License),
        Code = request.Code,
        Tag = ProgramTag.Of(request.Code, Host.Options.Flavour),
        Verified = verified,
        LoadTimeNs = Host.NowNs,
        Uid = Uid,
    };

    /// <summary>The maps that a program names, each once, and where.</summary>
    sealed record NamedMaps(IReadOnlyList<BpfMap> Maps, IReadOnlyList<MapReference> References)
    {
        public static string NameOf(BpfMap map) => $"map{map.Id}";

        public Kernels.Maps.Map Of(string name) => Maps.First(m => NameOf(m) == name).OfPrograms!;
    }

    /// <summary>Resolves descriptors of maps in the code, which is changed to what the linker makes of an object's references.</summary>
    int NameMaps(LoadRequest request, Instruction[] code, ulong descriptors, LoadLog log, out NamedMaps named)
    {
        var maps = new List<BpfMap>();
        var references = new List<MapReference>();
        named = new(maps, references);
        Span<byte> entry = stackalloc byte[sizeof(int)];
        for (int slot = 0; slot < code.Length; slot++)
        {
            var i = code[slot];
            if (i.Kind != InstructionKind.LoadConstant || i.Constant is ConstantKind.Value or ConstantKind.Code) continue;
            bool isValue = i.Constant is ConstantKind.MapValueByFd or ConstantKind.MapValueByIndex;
            int fd = (int)i.Immediate;
            if (i.Constant is ConstantKind.MapByIndex or ConstantKind.MapValueByIndex)
            {
                if (descriptors == 0) return -Errno.Protocol;
                if (!Memory.TryRead(descriptors + (ulong)(uint)fd * sizeof(int), entry)) return -Errno.Fault;
                fd = BitConverter.ToInt32(entry);
            }
            if (!Get<BpfMap>(fd).Try(out var map, out int errno))
            {
                log.Say($"fd {fd} is not pointing to valid bpf_map");
                return -errno;
            }
            // A card's programs and maps belong together; what is of the host alone is neutral.
            var card = request.IsOffloaded ? request.Device!.Card : null;
            bool isNeutral = map.Spec.Type == MapType.PerfEventArray;
            if ((request.IsOffloaded || map.IsOffloaded) && !isNeutral && (card is null || map.Home?.Card != card))
            {
                log.Say("offload device mismatch between prog and map");
                return -Errno.Invalid;
            }
            if (map.OfPrograms is null) return -Errno.Invalid;
            if (!maps.Contains(map)) maps.Add(map);
            references.Add(new(slot, NamedMaps.NameOf(map), isValue, isValue ? (int)(i.Immediate >> 32) : 0));
            code[slot] = i with { Operation = (byte)(isValue ? ConstantKind.MapValueByFd : ConstantKind.MapByFd), Immediate = isValue ? i.Immediate & ~0xffff_ffffL : 0 };
        }
        return 0;
    }

    /// <summary>The program and what it calls, by where they start; null if a call leads nowhere.</summary>
    static List<FunctionSpec>? FunctionsOf(Instruction[] code)
    {
        var starts = new SortedSet<int> { 0 };
        for (int slot = 0; slot < code.Length; slot++)
        {
            var i = code[slot];
            if (!i.IsLocalCall && i is not { Kind: InstructionKind.LoadConstant, Constant: ConstantKind.Code }) continue;
            long target = slot + 1 + (int)i.Immediate;
            if (target < 0 || target >= code.Length || code[target].Kind == InstructionKind.Continuation) return null;
            starts.Add((int)target);
        }
        return [.. starts.Select((start, n) => new FunctionSpec(n == 0 ? "main" : $"sub_{n}", start))];
    }

    int BindMap(Fields attr)
    {
        if (attr.U32(8) != 0) return -Errno.Invalid;
        if (!Get<BpfProgram>(attr.I32(0)).Try(out var program, out int errno)) return -errno;
        if (!Get<BpfMap>(attr.I32(4)).Try(out var map, out errno)) return -errno;
        program.Bind(map);
        return 0;
    }
}
