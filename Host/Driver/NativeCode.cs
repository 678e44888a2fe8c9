using System.Diagnostics.Tracing;
using System.Linq.Expressions;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Iced.Intel;

namespace Chainring.Host.Driver;

/// <summary>A method as the processor runs it.</summary>
/// <param name="Start">The address of its first instruction.</param>
public sealed record NativeMethod(string Name, ulong Start, IReadOnlyList<Instruction> Code);

/// <summary>The machine code of methods that are made at run time: the runtime says where it puts it when it compiles one.</summary>
public static class NativeCode
{
    const int LongestWaitMs = 5_000, PollMs = 5;

    /// <summary>Only code for x64 can be read.</summary>
    public static bool IsSupported => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>
    /// Compiles methods that have not run yet, and reads what became of them, in that order. Meanwhile no others of these names may be compiled.
    /// </summary>
    /// <exception cref="InvalidOperationException">The runtime has compiled one before.</exception>
    public static unsafe IReadOnlyList<NativeMethod> Of(IReadOnlyList<DynamicMethod> methods)
    {
        using var listener = new Listener();
        foreach (var method in methods) Compile(method);
        var read = new List<NativeMethod>();
        foreach (var method in methods)
        {
            var (start, bytes) = listener.Await(method.Name) ?? throw new InvalidOperationException($"{method.Name} was compiled before");
            var code = new List<Instruction>();
            // Memory of the runtime's code heap, which the method that the caller holds keeps.
            var decoder = Decoder.Create(64, new ReadOnlySpan<byte>((void*)start, bytes).ToArray(), start);
            while (decoder.IP < start + (ulong)bytes) code.Add(decoder.Decode());
            read.Add(new(method.Name, start, code));
        }
        return read;
    }

    static void Compile(DynamicMethod method)
    {
        var type = Expression.GetDelegateType([.. method.GetParameters().Select(p => p.ParameterType), method.ReturnType]);
        RuntimeHelpers.PrepareDelegate(method.CreateDelegate(type));
    }

    /// <summary>Hears of every method that the runtime compiles.</summary>
    sealed class Listener : EventListener
    {
        const string Runtime = "Microsoft-Windows-DotNETRuntime", Loaded = "MethodLoadVerbose";
        const EventKeywords Jit = (EventKeywords)0x10;

        readonly Dictionary<string, (ulong Start, int Bytes)> _methods = [];

        /// <summary>Where a method is; null if nothing is heard of it. The runtime tells a little later.</summary>
        public (ulong Start, int Bytes)? Await(string name)
        {
            for (int waited = 0; waited < LongestWaitMs; waited += PollMs)
            {
                lock (_methods)
                {
                    if (_methods.TryGetValue(name, out var found)) return found;
                }
                Thread.Sleep(PollMs);
            }
            return null;
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == Runtime) EnableEvents(eventSource, EventLevel.Verbose, Jit);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName?.StartsWith(Loaded, StringComparison.Ordinal) != true || (string)Of("MethodNamespace") != "dynamicClass") return;
            lock (_methods) _methods[(string)Of("MethodName")] = ((ulong)Of("MethodStartAddress"), (int)(uint)Of("MethodSize"));

            object Of(string field) => eventData.Payload![eventData.PayloadNames!.IndexOf(field)]!;
        }
    }
}
