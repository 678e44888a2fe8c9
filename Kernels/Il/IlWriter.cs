using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;

namespace Chainring.Kernels.Il;

/// <summary>Writes opcodes, and tells what it writes line by line to whoever wants to see it.</summary>
sealed class IlWriter
{
    readonly ILGenerator _il;
    readonly Action<string>? _log;
    int _labels;
    readonly Dictionary<Label, int> _names = [];

    public IlWriter(ILGenerator il, string name, Action<string>? log)
    {
        (_il, _log) = (il, log);
        log?.Invoke($"{name}:");
    }

    public LocalBuilder Local(Type type) => _il.DeclareLocal(type);

    public Label Label()
    {
        var label = _il.DefineLabel();
        _names.Add(label, _labels++);
        return label;
    }

    public void Mark(Label label)
    {
        _il.MarkLabel(label);
        _log?.Invoke($"L{_names[label]}:");
    }

    public void Op(OpCode code)
    {
        _il.Emit(code);
        _log?.Invoke($"    {code.Name}");
    }

    /// <summary>A number of 64 bits.</summary>
    public void Constant(ulong value)
    {
        if (value <= int.MaxValue)
        {
            _il.Emit(OpCodes.Ldc_I4, (int)value);
            _il.Emit(OpCodes.Conv_I8);
        }
        else
        {
            _il.Emit(OpCodes.Ldc_I8, (long)value);
        }
        _log?.Invoke(value < 1 << 16 ? $"    ldc.i8 {value}" : $"    ldc.i8 0x{value:x}");
    }

    /// <summary>A number of 32 bits.</summary>
    public void Constant32(int value)
    {
        _il.Emit(OpCodes.Ldc_I4, value);
        _log?.Invoke(string.Create(CultureInfo.InvariantCulture, $"    ldc.i4 {value}"));
    }

    public void Argument(int number)
    {
        _il.Emit(OpCodes.Ldarg, (short)number);
        _log?.Invoke($"    ldarg.{number}");
    }

    public void Load(LocalBuilder local)
    {
        _il.Emit(OpCodes.Ldloc, local);
        _log?.Invoke($"    ldloc.{local.LocalIndex}");
    }

    public void Store(LocalBuilder local)
    {
        _il.Emit(OpCodes.Stloc, local);
        _log?.Invoke($"    stloc.{local.LocalIndex}");
    }

    public void Field(FieldInfo field)
    {
        _il.Emit(OpCodes.Ldfld, field);
        _log?.Invoke($"    ldfld {field.DeclaringType!.Name}.{field.Name}");
    }

    public void SetField(FieldInfo field)
    {
        _il.Emit(OpCodes.Stfld, field);
        _log?.Invoke($"    stfld {field.DeclaringType!.Name}.{field.Name}");
    }

    public void Call(MethodInfo method)
    {
        _il.Emit(OpCodes.Call, method);
        _log?.Invoke($"    call {(method.DeclaringType is { } type ? $"{type.Name}." : "")}{method.Name}");
    }

    public void Branch(OpCode code, Label to)
    {
        _il.Emit(code, to);
        _log?.Invoke($"    {code.Name} L{_names[to]}");
    }

    public void Switch(Label[] to)
    {
        _il.Emit(OpCodes.Switch, to);
        _log?.Invoke($"    switch {string.Join(", ", to.Select(t => $"L{_names[t]}"))}");
    }

    /// <summary>(address) A value of any alignment.</summary>
    public void LoadObject(Type type)
    {
        Unaligned();
        _il.Emit(OpCodes.Ldobj, type);
        _log?.Invoke($"    ldobj {type.Name}");
    }

    /// <summary>The access that follows need not be aligned.</summary>
    public void Unaligned() => _il.Emit(OpCodes.Unaligned, (byte)1);
}
