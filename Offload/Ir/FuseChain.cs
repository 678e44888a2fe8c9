using Chainring.Offload.Ir.Passes;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Ir;

/// <summary>
/// Makes one graph of a chain: what a program returns leads straight to the next. While there is room, each way out of a program gets a copy of its own of
/// what follows, in which all that was found out on that way is known; then ways that lead to the same program meet.
/// </summary>
public sealed class FuseChain
{
    /// <summary>Copies of one program on different ways.</summary>
    const int MaxCopies = 32;

    /// <summary>Instructions, counted where they are copied too, up to which there are copies.</summary>
    const int MaxInstructions = 12_000;

    readonly Graph _graph = new();
    readonly ChainCode _chain;
    readonly bool _isSplit;
    readonly Builder _b;
    readonly int[] _copies;
    readonly int[] _sizes;

    /// <summary>The one instance of a stage for all ways that lead to it.</summary>
    readonly Dictionary<int, Block> _shared = [];
    int _instructions;

    FuseChain(ChainCode chain, bool isSplit)
    {
        (_chain, _isSplit) = (chain, isSplit);
        _b = new Builder(_graph);
        _copies = new int[chain.Stages.Count];
        _sizes = [.. chain.Stages.Select(s => s.Code.Program.Code.Length)];
        _graph.Events = ChainEvents.CountOf(chain.Stages.Count);
    }

    /// <summary>Whether it makes sense: all programs together are no larger than one may be.</summary>
    public static bool CanFuse(ChainCode chain) => chain.Stages.Sum(s => (long)s.Code.Size.Instructions) <= LoweringLimit.MaxInstructions;

    /// <summary>The whole chain, optimised.</summary>
    /// <param name="isSplit">
    /// For one frame at a time: ways get copies of what follows. Else they meet wherever they can, since where many frames run at once each way is paid for by all, and sums in
    /// map values are single operations, which frames can do in any order.
    /// </param>
    /// <param name="each">Told of the graph after each pass, by the pass's name.</param>
    public static Graph Fuse(ChainCode chain, bool isSplit = true, Action<string, Graph>? each = null)
    {
        var fusion = new FuseChain(chain, isSplit);
        fusion.Begin();
        fusion.Copy(each);
        fusion.Share();
        Optimiser.Run(fusion._graph, each);
        Optimiser.Finish(fusion._graph, each);
        if (!isSplit && FindAdditions.Run(fusion._graph)) each?.Invoke("find-additions", fusion._graph);
        return fusion._graph;
    }

    void Begin()
    {
        _copies[0] = 1;
        _graph.Entry.Jump(new(Lower(0, new(0, _graph.Const(1)))));
    }

    Block Lower(int stage, StageRun run)
    {
        var entry = Lowering.Lower(_graph, _chain.Stages[stage].Code, run, out _sizes[stage]);
        _instructions += _sizes[stage];
        return entry;
    }

    /// <summary>Program by program, as long as there may be copies.</summary>
    void Copy(Action<string, Graph>? each)
    {
        for (bool any = true; any;)
        {
            any = false;
            Optimiser.Run(_graph, each);
            if (_isSplit && SplitPaths.Run(_graph, LeadsOn, MaxCopies))
            {
                each?.Invoke("split-paths", _graph);
                Optimiser.Run(_graph, each);
            }
            foreach (var block in Ends())
            {
                foreach (var end in Judge(block)) any |= Follow(end, mayShare: false);
            }
        }
    }

    /// <summary>An end behind which another program follows, or may.</summary>
    bool LeadsOn(Block block) => block.Kind is EndKind.Return or EndKind.Fault && _chain.Stages[block.Run!.Stage] is var stage
        && (block.Kind == EndKind.Return && !block.Value!.Now.IsConst ? stage.Next.Any(n => n != StageLinks.End) : stage.SlotFor(VerdictOf(block).Action) != StageLinks.End);

    /// <summary>The action with which a program ends, and why, if that is not its own choice.</summary>
    static (XdpAction Action, IrFault Fault) VerdictOf(Block end)
    {
        if (end.Kind == EndKind.Fault) return (XdpAction.Aborted, end.Verdict.Fault);
        uint code = (uint)end.Value!.Now.Number;
        return code > (uint)XdpAction.Redirect ? (XdpAction.Aborted, IrFault.UnknownCode)
            : ((XdpAction)code, code == (uint)XdpAction.Aborted ? IrFault.Returned : IrFault.None);
    }

    /// <summary>What is left leads to the one instance of each program.</summary>
    void Share()
    {
        for (var ends = Ends(); ends.Count > 0; ends = Ends())
        {
            foreach (var block in ends)
            {
                foreach (var end in Judge(block)) Follow(end, mayShare: true);
            }
        }
    }

    List<Block> Ends() => _graph.Blocks().FindAll(b => b.Kind is EndKind.Return or EndKind.Fault);

    /// <summary>The ends of a program run whose verdict is known: a return of a number that is not is one end for each verdict.</summary>
    List<Block> Judge(Block block)
    {
        if (block.Kind == EndKind.Fault || block.Value!.Now.IsConst) return [block];
        const int Known = (int)XdpAction.Redirect + 1;
        _b.Block = block;
        var code = _b.Make(Op.And, block.Value.Now, _b.Const(uint.MaxValue));
        var ends = new List<Block>();
        for (int n = 0; n <= Known; n++)
        {
            var end = new Block { Run = block.Run };
            end.Return(_b.Const((ulong)n));
            ends.Add(end);
        }
        block.Switch(code, [.. Enumerable.Range(0, Known).Select(n => (ulong)n)], [.. ends.Select(e => new Edge(e))]);
        return ends;
    }

    /// <summary>Leads an end to what follows it; false if that has to wait until ways are shared.</summary>
    bool Follow(Block end, bool mayShare)
    {
        var run = end.Run!;
        var stage = _chain.Stages[run.Stage];
        var (action, fault) = VerdictOf(end);
        int slot = stage.SlotFor(action);
        int next = slot == StageLinks.End ? -1 : stage.Next[slot];
        bool isLast = slot == StageLinks.End || run.Runs.Now.Is((ulong)_chain.MaxRuns);
        bool copies = _isSplit && !isLast && run.Runs.Now.IsConst && _copies[next] < MaxCopies && _instructions + _sizes[next] <= MaxInstructions;
        if (!isLast && !copies && !mayShare) return false;

        _b.Block = end;
        end.Run = null;
        if (run.Metadata is { } metadata) _b.Append(new(Op.PopVerdict, metadata.Now));
        int[] counted = fault == IrFault.UnknownCode ? [ChainEvents.Return(run.Stage, action), ChainEvents.Unknown(run.Stage)] : [ChainEvents.Return(run.Stage, action)];
        _b.Append(new(Op.Count) { Events = counted });
        if (slot == StageLinks.End)
        {
            end.Exit((stage.PassAtEnd >> (int)action & 1) != 0 ? new((int)XdpAction.Pass, IrFault.None) : new((int)action, fault));
            return true;
        }
        if (isLast)
        {
            end.Exit(new((int)XdpAction.Aborted, IrFault.ChainTooLong));
            return true;
        }
        if (!run.Runs.Now.IsConst) StopAt(_chain.MaxRuns, run.Runs.Now);
        if (_chain.PreviousVerdict) Push(action);
        _b.Append(new(Op.Count) { Events = [ChainEvents.Edge(run.Stage, slot)] });
        var runs = _b.Add(run.Runs.Now, 1);
        var length = _chain.PreviousVerdict
            ? _b.Make(Op.Sub, _b.Append(new(Op.Field) { Field = FrameField.Data }), _b.Append(new(Op.Field) { Field = FrameField.DataMeta }))
            : null;
        if (copies)
        {
            _copies[next]++;
            _b.Block.Jump(new(Lower(next, new(next, runs, length))));
        }
        else
        {
            _b.Block.Jump(new(EntryOf(next), length is null ? [runs] : [runs, length]));
        }
        return true;
    }

    /// <summary>Aborts where so many programs have run.</summary>
    void StopAt(int most, Node runs)
    {
        Block stop = new(), on = new();
        stop.Exit(new((int)XdpAction.Aborted, IrFault.ChainTooLong));
        _b.Block.Branch(_b.Make(Op.Equal, runs, _b.Const((ulong)most)), new(stop), new(on));
        _b.Block = on;
    }

    void Push(XdpAction action)
    {
        Block full = new(), on = new();
        full.Exit(new((int)XdpAction.Aborted, IrFault.NoRoomForPreviousVerdict));
        var pushed = _b.Append(new(Op.PushVerdict, _b.Const((ulong)action)));
        _b.Block.Branch(_b.IsNotZero(pushed), new(on), new(full));
        _b.Block = on;
    }

    Block EntryOf(int stage)
    {
        if (_shared.TryGetValue(stage, out var shared)) return shared;
        var entry = new Block();
        Node runs = new(Op.Param);
        entry.Parameters.Add(runs);
        Node? length = null;
        if (_chain.PreviousVerdict) entry.Parameters.Add(length = new(Op.Param));
        _shared.Add(stage, entry);
        entry.Jump(new(Lower(stage, new(stage, runs, length))));
        return entry;
    }
}
