using Chainring.Offload;

namespace Chainring.Host.Driver.Bench;

/// <summary>What can keep a bench from measuring something. Every such text is in this file.</summary>
public static class BenchError
{
    public static InputError KernelRefuses(string why) => new("B01", "kernel-refuses", FirstLine(why));

    public static string NotLinux() => "this is not Linux";

    public static string NoBpf(string why) => $"this process cannot use bpf(2): {FirstLine(why)}";

    public static string DoesNotFuse(string backend) => $"the {backend} runs chains stage by stage only";

    public static string TooManyPrograms(int programs, int most) => $"{programs} programs, and at most {most} are possible";

    public static string Differs(string got, string wanted) => $"ends in {got}, not {wanted}: it did not run as it should, and is not measured";

    public static string FrameDiffers(int frame, string got, string wanted, string reference) =>
        $"ends frame {frame} in {got}, and the {reference} in {wanted}: it did not run as it should, and is not measured";

    public static string OneFrame() => "BPF_PROG_TEST_RUN repeats one frame only; with a system call for each frame, that call would be what is measured";

    public static string FrameIsSpent() => "BPF_PROG_TEST_RUN runs a frame again as it was left, grown or with fewer hops to go, until it ends otherwise";

    public static string OneDevice() => "one device serves all queues, one after the other";

    public static InputError DpdkRefuses(string why) => new("B05", "dpdk-refuses", FirstLine(why));

    /// <param name="program">That is missing; null if it is DPDK itself.</param>
    public static string NoDpdk(string? program) => program is null ? "DPDK's development files are not installed: pkg-config knows no libdpdk" : $"its program cannot be compiled: there is no {program}";

    public static string OtherThreads() => "its work is done by other threads, whose time --clock cpu does not see";

    public static string NoReference() => "the reference does not run it, so that there is no telling what it should do";

    public static InputError NotResults(string path, string why) => new("B02", "not-results", $"{path}: is no results.json of chainring bench: {FirstLine(why)}");

    public static InputError OtherSchema(string path, int schema, int known) => new("B03", "other-schema", $"{path}: has schema {schema}, and this version reads {known}");

    public static InputError OtherRun(string path, string what, string there, string here) =>
        new("B04", "other-run", $"{path}: is of another run ({what}: {there}, and not {here}); give another --out, or remove it");

    public static string SameDiffers(string engine, string one, string other) =>
        $"{engine}: one program measured twice took {one} and {other} ns, further apart than the interval of their difference allows; differences of that size say nothing";

    public static string NotStable(string name) => $"{name} still became faster when its warm-up was ended";

    public static string Collected(int times) => $"garbage was collected {times} times while samples were taken";

    public static string Disturbed(double share, bool byCpuTime) =>
        $"others were at work: the measuring thread was on a CPU for {100 * share:F0} % of the time of its samples"
        + (byCpuTime ? ", which is what was measured; caches were shared all the same" : "; wall time says little then, take --clock cpu or a quiet machine");

    static string FirstLine(string text) => text.Split('\n')[0];
}
