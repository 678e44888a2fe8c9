using Chainring.Host.Driver;
using Iced.Intel;

namespace Chainring.Host.Cli;

/// <summary>Machine code for people, as Intel writes it.</summary>
static class NativeText
{
    public static void Write(TextWriter output, NativeMethod method)
    {
        output.WriteLine($"\n{method.Start:x16} <{method.Name}>:");
        var formatter = new IntelFormatter();
        var text = new StringOutput();
        foreach (var instruction in method.Code)
        {
            formatter.Format(instruction, text);
            output.WriteLine($"{instruction.IP:x16}:\t{text.ToStringAndReset()}");
        }
    }
}
