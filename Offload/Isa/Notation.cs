using System.Globalization;
using System.Text;

namespace Chainring.Offload.Isa;

/// <summary>How instructions are written for people: as llvm-objdump does, or as the kernel (verifier log, <c>bpftool prog dump xlated</c>).</summary>
public sealed class Notation
{
    /// <summary><c>r1 = *(u32 *)(r10 - 0x8)</c>, <c>if r1 > 0x5 goto +0x2</c></summary>
    public static readonly Notation Llvm = new(kernel: false);

    /// <summary><c>r1 = *(u32 *)(r10 -8)</c>, <c>if r1 > 0x5 goto pc+2</c></summary>
    public static readonly Notation Kernel = new(kernel: true);

    readonly bool _kernel;

    Notation(bool kernel) => _kernel = kernel;

    public string Write(in Instruction i)
    {
        if (i.Kind == InstructionKind.Continuation) return "";
        var form = InstructionSet.FormOf(i);
        var text = _kernel ? form.KernelText : form.Text;
        var result = new StringBuilder();
        for (int at = 0; at < text.Length;)
        {
            if (text[at] != '{')
            {
                result.Append(text[at++]);
                continue;
            }
            int end = text.IndexOf('}', at);
            result.Append(Field(text.AsSpan(at + 1, end - at - 1), i));
            at = end + 1;
        }
        return result.ToString();
    }

    string Field(ReadOnlySpan<char> name, in Instruction i) => name switch
    {
        "d" => $"r{i.Dst}",
        "s" => $"r{i.Src}",
        "wd" => $"w{i.Dst}",
        "ws" => $"w{i.Src}",
        "i" => Number(IsPair(i) ? (int)i.Immediate : i.Immediate, hex: !_kernel || i.Kind == InstructionKind.Branch),
        "u" => Number((uint)i.Immediate, hex: !_kernel),
        "x" => $"0x{i.Immediate:x}",
        "n" => Number(i.Immediate >> 32, hex: !_kernel),
        "o" => _kernel ? Signed(i.Offset, hex: false) : $"{(i.Offset < 0 ? '-' : '+')} 0x{Math.Abs((int)i.Offset):x}",
        "t" => _kernel ? $"pc{Signed(i.Displacement, hex: false)}" : Signed(i.Displacement, hex: true),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name.ToString(), "no such field in a form's text"),
    };

    static bool IsPair(in Instruction i) => i.Kind == InstructionKind.LoadConstant && i.Constant != ConstantKind.Value;

    /// <summary>The kernel writes compared numbers in hex as unsigned 32-bit values, all others in decimal; llvm-objdump writes all in signed hex.</summary>
    string Number(long value, bool hex) =>
        !hex ? value.ToString(CultureInfo.InvariantCulture)
        : _kernel ? $"0x{(uint)value:x}"
        : value < 0 ? $"-0x{(ulong)-value:x}" : $"0x{value:x}";

    static string Signed(int value, bool hex)
    {
        char sign = value < 0 ? '-' : '+';
        long magnitude = Math.Abs((long)value);
        return hex ? $"{sign}0x{magnitude:x}" : $"{sign}{magnitude}";
    }
}
