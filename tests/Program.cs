using System.Globalization;
using Chainring.Tests.Kernels.Simd;

namespace Chainring.Tests;

/// <summary>
/// <c>dotnet Chainring.Tests.dll BITS [EVERY [FIRST]]</c>: the equality tests of <c>simd</c> in this process, for settings of the runtime that hold for a
/// whole process. Every test runs with <c>dotnet test</c>.
/// </summary>
static class Program
{
    static int Main(string[] arguments)
    {
        int[] numbers = [.. arguments.Select(a => int.Parse(a, CultureInfo.InvariantCulture))];
        return EqualityRun.Run(bits: numbers[0], every: numbers.ElementAtOrDefault(1, 1), first: numbers.ElementAtOrDefault(2, 0), Console.Out);
    }

    static int ElementAtOrDefault(this int[] numbers, int at, int otherwise) => at < numbers.Length ? numbers[at] : otherwise;
}
