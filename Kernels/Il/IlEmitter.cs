using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Chainring.Offload.Ir;
using Chainring.Offload.Spec;

namespace Chainring.Kernels.Il;

/// <summary>
/// Compiled code for one CPU, whose <see cref="Execution"/> is its first argument: runs one frame through a chain, and says what becomes of it (<see cref="Verdict.Word"/>).
/// </summary>
delegate uint CompiledFrame(ref Frame frame, nint buffer);

/// <summary>A part of compiled code, from the block in it with that number on: the verdict, or which part follows.</summary>
delegate ulong CompiledPiece(Execution execution, ref Frame frame, nint buffer, nint spills, uint block);

/// <summary>Code for one CPU, likewise, that goes on with a frame in the midst of a graph: with what values, and at which part and block.</summary>
delegate uint CompiledRest(ref Frame frame, nint buffer, nint spills, ulong next);

/// <summary>What the emitter has made of a graph.</summary>
/// <param name="Methods">What was emitted; the first is that which is called.</param>
/// <param name="Paths">What each count stands for: events that happen together.</param>
/// <param name="Spills">Words of memory that it needs for values.</param>
sealed record EmittedCode(IReadOnlyList<DynamicMethod> Methods, IReadOnlyList<IReadOnlyList<int>> Paths, int Spills)
{
    /// <summary>Has all methods compiled; else the first frame that comes to one would wait for it.</summary>
    public void Compile()
    {
        Bound<CompiledFrame>(Methods[0], null);
        CompilePieces(Methods);
    }

    /// <summary>All but the first, which is another kind of method.</summary>
    public static void CompilePieces(IReadOnlyList<DynamicMethod> methods)
    {
        foreach (var piece in methods.Skip(1)) RuntimeHelpers.PrepareDelegate(piece.CreateDelegate<CompiledPiece>());
    }

    /// <summary>The code for one CPU.</summary>
    public CompiledFrame On(Execution execution) => Bound<CompiledFrame>(Methods[0], execution);

    /// <summary>A method, compiled, with its first argument: it is called without a stub that moves arguments.</summary>
    public static T Bound<T>(DynamicMethod method, Execution? execution) where T : Delegate
    {
        var bound = (T)method.CreateDelegate(typeof(T), execution);
        RuntimeHelpers.PrepareDelegate(bound);
        return bound;
    }
}

/// <summary>Emits the IL of a graph, opcode by opcode: a method, or several that hand over to each other when it is large.</summary>
sealed class IlEmitter
{
    /// <summary>What a piece returns to be followed by another: this bit, the piece, and the block in it.</summary>
    const int NextBit = 63, PieceShift = 32;

    static readonly Type[] FrameArguments = [typeof(Execution), typeof(Frame).MakeByRefType(), typeof(nint)];
    static readonly Type[] PieceArguments = [.. FrameArguments, typeof(nint), typeof(uint)];
    static readonly Type[] RestArguments = [.. FrameArguments, typeof(nint), typeof(ulong)];

    readonly CodePlan _plan;
    readonly string _name;
    readonly Func<IrMap, nint> _storage;
    readonly Action<string>? _log;
    readonly PathTable _paths;

    IlEmitter(CodePlan plan, string name, Func<IrMap, nint> storage, PathTable paths, Action<string>? log) => (_plan, _name, _storage, _paths, _log) = (plan, name, storage, paths, log);

    /// <param name="storage">Where a map's storage is in memory.</param>
    /// <param name="log">Is told each line of IL.</param>
    public static EmittedCode Emit(Graph graph, string name, Func<IrMap, nint> storage, Action<string>? log = null, int maxNodes = CodePlan.MaxNodes)
    {
        var plan = new CodePlan(graph, maxNodes);
        var paths = new PathTable();
        var emitter = new IlEmitter(plan, name, storage, paths, log);
        DynamicMethod[] methods = plan.Pieces.Count == 1 ? [emitter.Piece(0, isWhole: true)] : emitter.Pieces(FrameArguments);
        return new(methods, paths.All, plan.Spills);
    }

    /// <summary>What goes on in the midst of a graph; the first of the methods, a <see cref="CompiledRest"/>, is that which is called.</summary>
    public static IReadOnlyList<DynamicMethod> EmitRest(CodePlan plan, string name, Func<IrMap, nint> storage, PathTable paths, Action<string>? log = null) =>
        new IlEmitter(plan, name, storage, paths, log).Pieces(RestArguments);

    static DynamicMethod Method(string name, Type result, Type[] arguments) => new(name, result, arguments, typeof(Execution).Module, skipVisibility: true);

    DynamicMethod Piece(int number, bool isWhole)
    {
        var method = isWhole ? Method(_name, typeof(uint), FrameArguments) : Method($"{_name}.{number}", typeof(ulong), PieceArguments);
        var il = new IlWriter(method.GetILGenerator(64 * 1024), method.Name, _log);
        new PieceEmitter(il, _plan, number, isWhole, _storage, _paths.Of).Emit();
        return method;
    }

    /// <summary>
    /// The pieces, and a method that calls one after the other until one has the verdict; it begins with the first piece, and memory of its own for values, unless
    /// it is told otherwise.
    /// </summary>
    DynamicMethod[] Pieces(Type[] arguments)
    {
        bool isRest = arguments == RestArguments;
        var pieces = Enumerable.Range(0, _plan.Pieces.Count).Select(n => Piece(n, isWhole: false)).ToArray();
        var method = Method(_name, typeof(uint), arguments);
        var il = new IlWriter(method.GetILGenerator(), method.Name, _log);
        var next = il.Local(typeof(ulong));
        Label again = il.Label(), done = il.Label();
        var calls = pieces.Select(_ => il.Label()).ToArray();
        if (isRest) il.Argument(4);
        else il.Constant(0);
        il.Store(next);
        il.Mark(again);
        il.Load(next);
        il.Constant(PieceShift);
        il.Op(OpCodes.Conv_I4);
        il.Op(OpCodes.Shr_Un);
        il.Op(OpCodes.Conv_U4);
        il.Constant32(int.MaxValue);
        il.Op(OpCodes.And);
        il.Switch(calls);
        for (int n = 0; n < pieces.Length; n++)
        {
            il.Mark(calls[n]);
            il.Argument(0);
            il.Argument(1);
            il.Argument(2);
            if (isRest)
            {
                il.Argument(3);
            }
            else
            {
                il.Argument(0);
                il.Field(typeof(Execution).GetField(nameof(Execution.Spills))!);
            }
            il.Load(next);
            il.Op(OpCodes.Conv_U4);
            il.Call(pieces[n]);
            il.Store(next);
            il.Load(next);
            il.Constant(0);
            il.Branch(OpCodes.Blt, again);
            il.Branch(OpCodes.Br, done);
        }
        il.Mark(done);
        il.Load(next);
        il.Op(OpCodes.Conv_U4);
        il.Op(OpCodes.Ret);
        return [method, .. pieces];
    }

    /// <summary>What a piece returns so that another goes on at a block.</summary>
    internal static ulong NextAt(int piece, int block) => 1UL << NextBit | (ulong)piece << PieceShift | (uint)block;

    /// <summary>The verdict of an end of the graph.</summary>
    internal static uint VerdictOf(IrVerdict verdict) => new Verdict((XdpAction)verdict.Action, verdict.Fault switch
    {
        IrFault.None => AbortReason.None,
        IrFault.Returned => AbortReason.Returned,
        IrFault.UnknownCode => AbortReason.UnknownCode,
        IrFault.ChainTooLong => AbortReason.ChainTooLong,
        IrFault.NoRoomForPreviousVerdict => AbortReason.NoRoomForPreviousVerdict,
        IrFault.InstructionLimit => AbortReason.InstructionLimit,
        _ => throw new InvalidOperationException($"{verdict.Fault}"),
    }).Word;
}

/// <summary>Which counts code has: each stands for events that happen together.</summary>
sealed class PathTable
{
    readonly List<IReadOnlyList<int>> _all = [];
    readonly Dictionary<string, int> _known = [];

    public IReadOnlyList<IReadOnlyList<int>> All => _all;

    public int Of(IReadOnlyList<int> events)
    {
        string key = string.Join(' ', events);
        if (_known.TryGetValue(key, out int path)) return path;
        _known.Add(key, _all.Count);
        _all.Add(events);
        return _all.Count - 1;
    }
}
