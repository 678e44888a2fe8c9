using NUnit.Framework;

// A fixture on each CPU. Those that measure what the whole process has (memory, descriptors) or the machine are marked, and run by themselves.
[assembly: Parallelizable(ParallelScope.Fixtures)]
