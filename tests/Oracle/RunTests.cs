using Chainring.Host.Driver.Peers;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>One program over one frame: what goes in, what comes out, what the kernel refuses to run.</summary>
public sealed class RunTests
{
    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [TestCase(0u), TestCase(1u), TestCase(2u), TestCase(3u), TestCase(4u), TestCase(5u), TestCase(255u), TestCase(uint.MaxValue)]
    public void Any_code_comes_back_as_returned(uint code)
    {
        using var program = Load($"r0 = {(int)code}\nexit");
        Assert.That(program.Run(Ask.Frame(64)).Code, Is.EqualTo(code));
    }

    [Test]
    public void A_written_packet_comes_back()
    {
        using var program = Load("""
            r2 = *(u32 *)(r1 + 4)
            r1 = *(u32 *)(r1 + 0)
            r3 = r1
            r3 += 14
            if r3 > r2 goto out
            *(u16 *)(r1 + 12) = 0xdd86
            out:
            r0 = 3
            exit
            """);
        var frame = Ask.Frame(60);
        var run = program.Run(frame);
        (frame[12], frame[13]) = (0x86, 0xdd);
        Assert.That(run.Frame, Is.EqualTo(frame));
    }

    [Test]
    public void Metadata_goes_in_and_comes_out_before_the_frame()
    {
        using var program = Load("""
            r2 = *(u32 *)(r1 + 0)
            r1 = *(u32 *)(r1 + 8)
            r3 = r1
            r3 += 8
            if r3 > r2 goto out
            r4 = *(u32 *)(r1 + 0)
            *(u32 *)(r1 + 4) = r4
            out:
            r0 = 2
            exit
            """);
        var run = program.Run(Ask.Frame(60), [1, 2, 3, 4, 9, 9, 9, 9]);
        Assert.That(run.Metadata, Is.EqualTo(new byte[] { 1, 2, 3, 4, 1, 2, 3, 4 }));
        Assert.That(run.Frame, Is.EqualTo(Ask.Frame(60)));
    }

    [TestCase(0u, 1), TestCase(1u, 1)]
    public void Interface_0_is_the_loopback_device(uint ingress, int seen)
    {
        using var program = Load("r0 = *(u32 *)(r1 + 12)\nexit");
        Assert.That(program.Run(Ask.Frame(64), ingress: ingress).Code, Is.EqualTo(seen));
    }

    [TestCase(0u, 1u, Errno.EINVAL, TestName = "A queue without an interface is refused")]
    [TestCase(1u, 1u, Errno.EINVAL, TestName = "A queue that the interface does not have is refused")]
    [TestCase(0x7ffffffeu, 0u, Errno.ENODEV, TestName = "An interface that does not exist is refused")]
    public void Refused(uint ingress, uint queue, Errno errno)
    {
        using var program = Load("r0 = 2\nexit");
        Assert.That(() => program.Run(Ask.Frame(64), ingress: ingress, queue: queue), Refuses(errno));
    }

    [Test]
    public void A_program_runs_on_the_CPU_asked_for([Range(0, 1)] int cpu)
    {
        if (cpu >= CpuPin.Possible || cpu >= Environment.ProcessorCount) Assert.Ignore("this machine has one CPU");
        using var program = Load("call 8\nexit");
        Assert.That(program.Run(Ask.Frame(64), cpu: cpu).Code, Is.EqualTo((uint)cpu));
    }

    [TestCase(0), TestCase(1), TestCase(13)]
    public void A_frame_below_an_Ethernet_header_is_refused(int length)
    {
        using var program = Load("r0 = 2\nexit");
        Assert.That(() => program.Run(Ask.Frame(length)), Refuses(Errno.EINVAL));
    }

    [TestCase(14, 14), TestCase(3520, 3520), TestCase(3521, 3520), TestCase(9000, 3520)]
    public void A_program_sees_at_most_3520_bytes(int length, int seen)
    {
        const string measure = "r2 = *(u32 *)(r1 + 0)\nr0 = *(u32 *)(r1 + 4)\nr0 -= r2";
        var (answer, run) = Ask.Kernel(measure, Ask.Frame(length));
        Assert.That((answer, run.Frame.Length), Is.EqualTo(((long)seen, length)));
        Assert.That(Ask.Kernel(measure, Ask.Frame(length), frags: true).Answer, Is.EqualTo(seen));
        Assert.That(Ask.Kernel("call 188", Ask.Frame(length), frags: true).Answer, Is.EqualTo(length));
    }

    [TestCase(4096), TestCase(3521), TestCase(1000), TestCase(14)]
    public void The_linear_part_is_as_long_as_data_end_says_and_comes_back_so(int linear)
    {
        using var program = new KernelProgram(ProgramText.Program("p", "r2 = *(u32 *)(r1 + 0)\nr0 = *(u32 *)(r1 + 4)\nr0 -= r2\nexit", "xdp.frags"), _ => throw new InvalidOperationException());
        var run = program.Run(Ask.Frame(5000), Ask.Frame(8), linear: linear);
        Assert.That(((int)run.Code, run.Linear), Is.EqualTo((Math.Min(linear, 3520), Math.Min(linear, 3520))));
        Assert.That((run.Frame, run.Metadata), Is.EqualTo((Ask.Frame(5000), Ask.Frame(8))));
    }

    [Test]
    public void A_frame_has_17_fragments_at_most()
    {
        Assert.That(Ask.Kernel("call 188", Ask.Frame(3520 + 17 * 4096), frags: true).Answer, Is.EqualTo(73_152));
        Assert.That(() => Ask.Kernel("call 188", Ask.Frame(3520 + 17 * 4096 + 1), frags: true), Refuses(Errno.ENOMEM));
    }

    /// <summary>The loopback device has an MTU of 65,536.</summary>
    [TestCase(65_550 - 3520, 0), TestCase(65_550 - 3520 + 1, 1)]
    public void The_mtu_is_checked_for_the_linear_part_only(int change, int answer) => Assert.That(
        Ask.Kernel($"*(u32 *)(r10 - 8) = 0\nr2 = 1\nr3 = r10\nr3 += -8\nr4 = {change}\nr5 = 0\ncall 163", Ask.Frame(5000), frags: true).Answer, Is.EqualTo(answer));

    [TestCase(1), TestCase(2), TestCase(3), TestCase(6), TestCase(220), TestCase(256)]
    public void Metadata_that_is_no_multiple_of_4_or_beyond_216_bytes_is_refused(int length)
    {
        using var program = Load("r0 = 2\nexit");
        Assert.That(() => program.Run(Ask.Frame(64), Ask.Frame(length)), Refuses(Errno.EINVAL));
    }

    [TestCase("r0 = *(u32 *)(r1 + 20)", TestName = "Egress interface of a host program")]
    [TestCase("r0 = 0\n*(u32 *)(r1 + 16) = r0", TestName = "Writing the receive queue in a host program")]
    public void The_verifier_refuses_with_EACCES_and_its_log(string text) =>
        Assert.That(() => Ask.Kernel(text, Ask.Frame(64)),
            Refuses(Errno.EACCES).And.Property(nameof(BpfException.Log)).Contains("invalid bpf_context access"));

    [TestCase(23, "r1 = 1\nr2 = 0", XdpAction.Redirect)]
    [TestCase(23, "r1 = 1\nr2 = 1", XdpAction.Aborted)]
    [TestCase(23, "r1 = 0x7ffffffe\nr2 = 0", XdpAction.Redirect)]
    public void Redirect_answers_without_looking_at_the_interface(int helper, string arguments, XdpAction code) =>
        Assert.That(Ask.Kernel($"{arguments}\ncall {helper}", Ask.Frame(64)).Answer, Is.EqualTo((long)code));

    [TestCase(60, 0), TestCase(61, -22), TestCase(0x10000, -14)]
    public void Load_and_store_bytes_answer_the_same(int offset, long answer)
    {
        string arguments = $"*(u64 *)(r10 - 8) = 0\nr2 = {offset}\nr3 = r10\nr3 += -8\nr4 = 4";
        Assert.That(Ask.Kernel($"{arguments}\ncall 189", Ask.Frame(64)).Answer, Is.EqualTo(answer));
        Assert.That(Ask.Kernel($"{arguments}\ncall 190", Ask.Frame(64)).Answer, Is.EqualTo(answer));
    }

    [TestCase("r0 = 1\nr0 /= 0", Errno.EINVAL)]
    [TestCase("r0 = 1\nr0 <<= 64", Errno.EINVAL)]
    [TestCase("r0 = 1\ngoto x\nr0 = 2\nx:\nr0 = 3", Errno.EINVAL)]
    [TestCase("r0 = 1\ngoto +100", Errno.EINVAL)]
    [TestCase("call 9999", Errno.EINVAL)]
    [TestCase("r10 = 1\nr0 = 1", Errno.EACCES)]
    [TestCase("r1 = *(u32 *)(r1 + 0)\nr0 = *(u8 *)(r1 + 0)", Errno.EACCES)]
    [TestCase("r0 = *(u64 *)(r1 + 0)", Errno.EACCES)]
    [TestCase("r1 = 0", Errno.EACCES)]
    public void The_verifier_refuses(string text, Errno errno) => Assert.That(() => Ask.Kernel(text, Ask.Frame(64)), Refuses(errno));

    internal static NUnit.Framework.Constraints.Constraint Refuses(Errno errno) =>
        Throws.TypeOf<BpfException>().With.Property(nameof(BpfException.Errno)).EqualTo(errno);

    static KernelProgram Load(string text) => new(ProgramText.Program("test", text), _ => throw new InvalidOperationException());
}
