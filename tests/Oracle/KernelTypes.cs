using System.Runtime.InteropServices;
using Chainring.Host.Driver.Peers;
using Chainring.Offload.Isa;
using Chainring.Offload.Spec;

namespace Chainring.Tests.Oracle;

/// <summary>The running kernel's type information (<c>/sys/kernel/btf/vmlinux</c>), read by libbpf: how kfuncs are named to bpf(2).</summary>
static class KernelTypes
{
    const uint FunctionKind = 12;

    static readonly Lazy<nint> Kernel = new(Libbpf.LoadKernelTypes);

    /// <summary>The type of a kernel function; 0 or less if this kernel has no such function.</summary>
    public static int FunctionId(string name) => Kernel.Value == 0 ? 0 : Libbpf.FindType(Kernel.Value, name, FunctionKind);

    /// <summary>How many parameters a kernel function has (<c>struct btf_type</c>: name, info, type).</summary>
    public static int ParametersOf(string name)
    {
        int prototype = Marshal.ReadInt32(Libbpf.TypeById(Kernel.Value, FunctionId(name)), 8);
        return Marshal.ReadInt32(Libbpf.TypeById(Kernel.Value, prototype), 4) & 0xffff;
    }

    /// <summary>Puts the kernel's numbers into the calls of kfuncs, and into the constants that are the address of one.</summary>
    public static void Link(ProgramSpec spec, Instruction[] code)
    {
        for (int slot = 0; slot < code.Length; slot++)
        {
            if (HelperTable.CalledBy(code[slot]) is { Call: CallKind.Kfunc } row) code[slot] = code[slot] with { Immediate = Must(row.Name) };
        }
        foreach (var reference in spec.ExternReferences)
        {
            if (reference.IsMissing || code[reference.Slot].Kind != InstructionKind.LoadConstant) continue;
            code[reference.Slot] = code[reference.Slot] with { Operation = (byte)ConstantKind.Variable, Immediate = Must(reference.Name) };
        }
    }

    static int Must(string name) =>
        FunctionId(name) is > 0 and var id ? id : throw new BpfException($"this kernel has no function {name}", Errno.ENOENT);
}
