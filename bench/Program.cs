using BenchmarkDotNet.Running;
using Chainring.Bench;

if (args is ["--check-allocations"])
{
    string[] problems = [.. AllocationCheck.Problems()];
    foreach (string problem in problems) Console.Error.WriteLine(problem);
    return problems.Length > 0 ? 1 : 0;
}
return BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args).Any() ? 0 : 1;
