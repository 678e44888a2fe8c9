using Chainring.Kernels.Il;
using Chainring.Kernels.Maps;
using Chainring.Offload.Ir;

namespace Chainring.Kernels.OpenCl;

/// <summary>Chains as kernels of an OpenCL device: a frame for each work-item, as far as the order of frames lets them.</summary>
public sealed class OpenClTarget : IKernelTarget
{
    public const int UsualWatchdogMs = 10_000;

    readonly IlTarget _processor = new();
    readonly DeviceOptions _options;

    /// <param name="kept">What of the order of frames is kept where it matters.</param>
    /// <param name="watchdogMs">That a launch may take.</param>
    public OpenClTarget(KeptOrder kept = KeptOrder.Sequential, int watchdogMs = UsualWatchdogMs) : this(new DeviceOptions(Kept: kept, WatchdogMs: watchdogMs)) { }

    OpenClTarget(DeviceOptions options) => _options = options;

    /// <summary>The same, whose kernels know what the device took (<see cref="ITimedOnDevice"/>).</summary>
    /// <param name="layout">Null: as it suits the device.</param>
    public static OpenClTarget Timed(FrameLayout? layout) => new(new DeviceOptions(Layout: layout, Times: true));

    public string Name => "opencl";

    public string Description => "runs a frame in each work-item of an OpenCL device";

    public string? Missing => Devices.Missing;

    public bool NeedsProof => true;

    public bool ReadsRxHash => _options.Kept == KeptOrder.Flow;

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
