using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Offload.Verify;

// Global functions: verified once, by the types of their parameters; a call knows of them no more than that.
sealed partial class Walk
{
    Rejection? CallGlobal(int function, IReadOnlyList<ParameterSpec> parameters)
    {
        string name = _graph.Functions[function].Name;
        if (_graph.Functions[function].Fault is { } fault) return Rejection.GlobalFunction(name, fault);
        if (_state.Lock is not null) return Rejection.CalledWithLock($"{name}(), a global function,");
        for (int n = 0; n < parameters.Count; n++)
        {
            if (CheckParameter(name, n + FirstArgument, parameters[n]) is { } rejection) return rejection;
        }
        if (_graph.MovesPacket(function)) VoidPacketPointers(_state);
        for (int n = FirstArgument; n <= LastArgument; n++) R[n] = default;
        R[0] = Register.Unknown;
        if (_knownGlobals.Add(function)) _globals.Enqueue(function);
        return null;
    }

    Rejection? CheckParameter(string name, int register, ParameterSpec parameter)
    {
        if (Needs(register) is { } unset) return unset;
        var value = R[register];
        switch (parameter.Kind)
        {
            case ParameterKind.Number:
                return value.IsNumber ? null : Rejection.Argument(name, register, "a number", value.What);
            case ParameterKind.Context:
                return value.Kind == RegisterKind.Context ? CheckContext(register, value) : Rejection.Argument(name, register, "the context", value.What);
            case ParameterKind.Dynptr:
                return FindDynptr(new HelperUse(Memory, name), register, AnyDynptr, out _);
            default:
                if (parameter.Kind == ParameterKind.Memory && (value.MaybeNull || value.IsZero)) return Rejection.Argument(name, register, "a pointer that is not null", value.What);
                if (value.IsZero) return null;
                // Null is as good as memory.
                R[register].MaybeNull = false;
                return CheckMemory(new HelperUse(Memory, name), register, parameter.Bytes, MemoryAccess.Read | MemoryAccess.Write, mayBeEmpty: true);
        }
    }

    static readonly HelperArgument AnyDynptr = new(ArgumentKind.Dynptr) { Dynptrs = DynptrKinds.Any };

    static readonly HelperRow Memory = new(HelperTable.FirstKfunc, "", HelperResult.Number, HelperEffect.None);

    /// <summary>A state in which a global function was called by somebody.</summary>
    void BeginGlobal(int function)
    {
        _state = new PathState();
        _state.Top.Function = function;
        _slot = _graph.Functions[function].Start;
        var parameters = _graph.Functions[function].Parameters!;
        for (int n = 0; n < parameters.Count; n++)
        {
            R[n + FirstArgument] = parameters[n].Kind switch
            {
                ParameterKind.Number => Register.Unknown,
                ParameterKind.Context => Register.Pointer(RegisterKind.Context),
                // Whatever it points into, Linux takes it for memory.
                ParameterKind.Dynptr => Register.Pointer(RegisterKind.Dynptr) with { Dynptrs = DynptrKinds.Value, Id = NewId() },
                ParameterKind.Memory => Register.Pointer(RegisterKind.Memory) with { Size = parameters[n].Bytes },
                _ => Register.Pointer(RegisterKind.Memory) with { Size = parameters[n].Bytes, MaybeNull = true, Id = NewId() },
            };
        }
    }
}
