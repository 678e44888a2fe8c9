using Chainring.Kernels.Il;
using Chainring.Kernels.Maps;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.OpenCl;

/// <summary>Chains as kernels of an OpenCL device: a frame for each work-item, as far as the order of frames lets them.</summary>
/// <param name="kept">What of their order is kept where it matters.</param>
/// <param name="watchdogMs">That a launch may take.</param>
public sealed class OpenClTarget(KeptOrder kept = KeptOrder.Sequential, int watchdogMs = OpenClTarget.UsualWatchdogMs) : IKernelTarget
{
    public const int UsualWatchdogMs = 10_000;

    readonly DeviceOptions _options = new(Kept: kept, WatchdogMs: watchdogMs);
    readonly IlTarget _processor = new();

    public string Name => "opencl";

    public string Description => "runs a frame in each work-item of an OpenCL device";

    public string? Missing => Devices.Missing;

    public bool NeedsProof => true;

    public bool ReadsRxHash => kept == KeptOrder.Flow;

    public Refusal? Refuse(LoadedProgram program)
    {
        if (Missing is not null) return Refusal.BackendMissing(Name, Missing);
        return WhyNot(program) is { } why ? Refusal.NotOnDevice(program.Name, Name, why) : LimitOf(program);
    }

    public Refusal? Refuse(Chain chain, MapTable maps) => DeviceCode.Of(chain, maps, _options).WhyNot is { } why ? Refusal.ChainNotOnDevice(Name, why) : null;

    /// <summary>Why a program cannot be on a device, whether there is one or not, in words that go on after its name; null if it can.</summary>
    public static string? WhyNot(LoadedProgram program)
    {
        var code = new ChainDescription(Chain.Of(program)).Code;
        return code.Stages[0].Code.Limit is null ? DeviceLimits.Of(FuseChain.Fuse(code)) : null;
    }

    Refusal? LimitOf(LoadedProgram program) => _processor.Missing is null ? _processor.Refuse(program, Name) : null;

    public IKernel Compile(Chain chain, KernelEnvironment environment) => new OpenClKernel(chain, DeviceCode.Of(chain, environment.Maps, _options), environment, _options);
}
