using System.Reflection;
using BenchmarkDotNet.Attributes;
using Chainring.Bench.Kernels;

namespace Chainring.Bench;

/// <summary>
/// Runs every bench a few times, with every backend and else with the first of its parameters, and holds what it allocates against <c>bench/expected-allocations.txt</c>: a line for each, bytes of
/// one call. More fails, and so does a bench without a line, or a line without a bench. Times are not looked at.
/// </summary>
static class AllocationCheck
{
    const int Calls = 5;

    /// <summary>What is wrong, a line each.</summary>
    public static IEnumerable<string> Problems()
    {
        var expected = File.ReadAllLines(BenchFrames.FromRoot("bench", "expected-allocations.txt")).Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(' ')).ToDictionary(l => l[0], l => long.Parse(l[1], null));
        foreach (var type in typeof(AllocationCheck).Assembly.GetTypes())
        {
            foreach (var method in type.GetMethods().Where(m => m.GetCustomAttribute<BenchmarkAttribute>() is not null))
            {
                string name = $"{type.Name}.{method.Name}";
                if (!expected.Remove(name, out long most))
                {
                    yield return $"{name}: has no line";
                    continue;
                }
                foreach (var (parameters, bench) in Made(type))
                {
                    long bytes = BytesOf(() => method.Invoke(bench, null));
                    if (bytes > most) yield return $"{name}({parameters}): allocates {bytes} bytes, and {most} are expected";
                }
            }
        }
        foreach (string name in expected.Keys) yield return $"{name}: there is no such bench";
    }

    /// <summary>A bench of each backend, set up.</summary>
    static IEnumerable<(string Parameters, object Bench)> Made(Type type)
    {
        var properties = type.GetProperties().Where(p => p.GetCustomAttribute<ParamsAttribute>() is not null).Select(p => (Property: p, p.GetCustomAttribute<ParamsAttribute>()!.Values[0])).ToList();
        var backend = type.GetProperties().FirstOrDefault(p => p.GetCustomAttribute<ParamsSourceAttribute>() is not null);
        foreach (string name in backend is null ? [""] : KernelBench.Backends)
        {
            object bench = Activator.CreateInstance(type)!;
            backend?.SetValue(bench, name);
            foreach (var (property, value) in properties) property.SetValue(bench, value);
            type.GetMethods().Single(m => m.GetCustomAttribute<GlobalSetupAttribute>() is not null).Invoke(bench, null);
            yield return (string.Join(", ", properties.Select(p => $"{p.Item2}").Prepend(name).Where(p => p.Length > 0)), bench);
        }
    }

    /// <summary>The fewest bytes of a few calls: the runtime may allocate when it compiles a method anew. A call by reflection boxes what is returned; that is taken off.</summary>
    static long BytesOf(Func<object?> call)
    {
        object? result = call();
        long least = long.MaxValue;
        for (int n = 0; n < Calls; n++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            call();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        const int boxedBytes = 24;
        return result is ValueType ? least - boxedBytes : least;
    }
}
