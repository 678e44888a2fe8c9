using System.Buffers.Binary;
using Chainring.Host.Driver.Peers;
using Chainring.Offload.Spec;
using Chainring.Tests.Support;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>Maps from both sides: the system call's and a program's.</summary>
public sealed class MapTests
{
    const ulong Any = 0, NoExist = 1, Exist = 2;
    static readonly byte[] Zero = Bytes(0), One = Bytes(1), Two = Bytes(2);

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [TestCase(MapType.Hash, Errno.EEXIST, Errno.ENOENT, Errno.E2BIG, Errno.ENOENT, Errno.None)]
    [TestCase(MapType.PerCpuHash, Errno.EEXIST, Errno.ENOENT, Errno.E2BIG, Errno.ENOENT, Errno.None)]
    [TestCase(MapType.Array, Errno.EEXIST, Errno.None, Errno.E2BIG, Errno.EINVAL, Errno.EINVAL)]
    [TestCase(MapType.PerCpuArray, Errno.EEXIST, Errno.None, Errno.E2BIG, Errno.EINVAL, Errno.EINVAL)]
    [TestCase(MapType.DevMap, Errno.EEXIST, Errno.None, Errno.E2BIG, Errno.None, Errno.None)]
    [TestCase(MapType.DevMapHash, Errno.EEXIST, Errno.None, Errno.E2BIG, Errno.ENOENT, Errno.None)]
    [TestCase(MapType.CpuMap, Errno.EEXIST, Errno.None, Errno.E2BIG, Errno.None, Errno.None)]
    public void Errors_of_the_system_call(
        MapType type, Errno insertPresent, Errno replaceAbsent, Errno beyond, Errno deleteAbsent, Errno deletePresent)
    {
        using var map = Map(type);
        Assert.Multiple(() =>
        {
            Assert.That(map.Delete(Zero), Is.EqualTo(deleteAbsent));
            Assert.That(map.Update(Zero, One, Any), Is.EqualTo(Errno.None));
            Assert.That(map.Update(Zero, One, NoExist), Is.EqualTo(insertPresent));
            Assert.That(map.Update(Zero, One, Exist), Is.EqualTo(Errno.None));
            Assert.That(map.Update(Zero, One, 3), Is.EqualTo(Errno.EINVAL));
            Assert.That(map.Update(One, One, Exist), Is.EqualTo(replaceAbsent));
            Assert.That(map.Update(One, One, Any), Is.EqualTo(Errno.None));
            Assert.That(map.Update(Two, One, Any), Is.EqualTo(beyond));
            Assert.That(map.Delete(Zero), Is.EqualTo(deletePresent));
        });
    }

    [Test]
    public void Errors_of_a_prog_array()
    {
        using var map = Map(MapType.ProgramArray);
        using var program = new KernelProgram(ProgramText.Program("target", "r0 = 2\nexit"), _ => map);
        Assert.Multiple(() =>
        {
            Assert.That(map.Delete(Zero), Is.EqualTo(Errno.ENOENT));
            Assert.That(map.Update(Zero, program, NoExist), Is.EqualTo(Errno.EINVAL));
            Assert.That(map.Update(Zero, program, Exist), Is.EqualTo(Errno.EINVAL));
            Assert.That(map.Update(Zero, program), Is.EqualTo(Errno.None));
            Assert.That(map.Update(Two, program), Is.EqualTo(Errno.E2BIG));
            Assert.That(map.Update(One, Zero), Is.EqualTo(Errno.EINVAL).Or.EqualTo(Errno.EBADF));
            Assert.That(map.Entries(), Has.Count.EqualTo(1));
            Assert.That(map.Delete(Zero), Is.EqualTo(Errno.None));
            Assert.That(map.Entries(), Is.Empty);
        });
    }

    [Test]
    public void Errors_of_an_LPM_trie()
    {
        using var map = new KernelMap(Spec(MapType.LpmTrie) with { KeySize = 8, Flags = MapFlags.NoPreallocation });
        byte[] Prefix(byte length, byte first) => [length, 0, 0, 0, first, 0, 0, 0];
        Assert.Multiple(() =>
        {
            Assert.That(map.Delete(Prefix(8, 1)), Is.EqualTo(Errno.ENOENT));
            Assert.That(map.Update(Prefix(33, 1), One), Is.EqualTo(Errno.EINVAL));
            Assert.That(map.Update(Prefix(8, 1), One, Exist), Is.EqualTo(Errno.ENOENT));
            Assert.That(map.Update(Prefix(8, 1), One), Is.EqualTo(Errno.None));
            Assert.That(map.Update(Prefix(8, 1), One, NoExist), Is.EqualTo(Errno.EEXIST));
            Assert.That(map.Update(Prefix(8, 2), Two), Is.EqualTo(Errno.None));
            Assert.That(map.Update(Prefix(8, 3), Two), Is.EqualTo(Errno.ENOSPC));
            Assert.That(map.Lookup(Prefix(32, 2)), Is.EqualTo(new[] { Two }));
        });
    }

    [Test]
    public void An_xskmap_takes_only_AF_XDP_sockets()
    {
        using var map = Map(MapType.XskMap);
        Assert.That(Bpf.Update(map.Fd, Zero, Zero, 0), Is.EqualTo(Errno.ENOTSOCK).Or.EqualTo(Errno.EBADF));
    }

    [TestCase(MapType.Hash, NoExist, -17)]
    [TestCase(MapType.Hash, Exist, 0)]
    [TestCase(MapType.Hash, 3ul, -22)]
    [TestCase(MapType.Hash, 4ul, -22, TestName = "A lock flag without a lock")]
    [TestCase(MapType.Array, NoExist, -17)]
    [TestCase(MapType.Array, 3ul, -22)]
    [TestCase(MapType.PerCpuArray, NoExist, -17)]
    [TestCase(MapType.PerCpuHash, NoExist, -17)]
    [TestCase(MapType.LruHash, NoExist, -17)]
    public void A_program_gets_the_same_errors_as_negative_numbers(MapType type, ulong flags, long answer)
    {
        using var map = Map(type);
        map.Update(Zero, One);
        Assert.That(UpdateInProgram(map, 0, 7, flags), Is.EqualTo(answer));
        Assert.That(map.Lookup(Zero)![0], Is.EqualTo(answer == 0 ? Bytes(7) : One));
    }

    [TestCase(MapType.Hash, 5, Exist, -2)]
    [TestCase(MapType.Hash, 5, Any, 0)]
    [TestCase(MapType.Array, 2, Any, -7)]
    [TestCase(MapType.PerCpuArray, 2, Any, -7)]
    public void A_program_that_updates_an_absent_key(MapType type, int key, ulong flags, long answer)
    {
        using var map = Map(type);
        Assert.That(UpdateInProgram(map, key, 7, flags), Is.EqualTo(answer));
    }

    [Test]
    public void A_full_hash_refuses_a_program_too()
    {
        using var map = Map(MapType.Hash);
        Assert.That(new[] { 5, 6, 7, 6 }.Select(key => UpdateInProgram(map, key, 1, Any)), Is.EqualTo(new long[] { 0, 0, -7, 0 }));
    }

    [TestCase(MapType.Hash, 0, 0), TestCase(MapType.Hash, 1, -2), TestCase(MapType.Array, 0, -22), TestCase(MapType.PerCpuHash, 1, -2)]
    public void A_program_that_deletes(MapType type, int key, long answer)
    {
        using var map = Map(type);
        map.Update(Zero, One);
        Assert.That(CallWithMap(map, key, 0, "call 3"), Is.EqualTo(answer));
    }

    [Test]
    public void A_per_CPU_value_lands_on_the_CPU_of_the_run()
    {
        if (CpuPin.Possible < 2 || Environment.ProcessorCount < 2) Assert.Ignore("this machine has one CPU");
        using var map = Map(MapType.PerCpuArray);
        UpdateInProgram(map, 1, 7, Any, cpu: 1);
        Assert.That(map.Lookup(One)!.Take(2), Is.EqualTo(new[] { Zero, Bytes(7) }));
    }

    [Test]
    public void A_new_key_of_a_per_CPU_hash_is_zero_on_other_CPUs()
    {
        if (CpuPin.Possible < 2) Assert.Ignore("this machine has one CPU");
        using var map = Map(MapType.PerCpuHash);
        map.Update(One, Bytes(-1));
        map.Delete(One);
        UpdateInProgram(map, 2, 7, Any, cpu: 0);
        Assert.That(map.Lookup(Two)!.Take(2), Is.EqualTo(new[] { Bytes(7), Zero }));
    }

    [Test]
    public void Entries_are_in_the_order_of_their_key_bytes()
    {
        using var map = new KernelMap(Spec(MapType.Hash) with { MaxEntries = 100 });
        foreach (int key in new[] { 256, 3, 1, 2, 65536 }) map.Update(Bytes(key), Bytes(key));
        Assert.That(map.Entries().Select(e => e.ToString()), Is.EqualTo(new[]
        {
            "00000100 = 00000100", "00010000 = 00010000", "01000000 = 01000000", "02000000 = 02000000", "03000000 = 03000000",
        }));
    }

    [Test]
    public void Read_only_global_data_is_frozen_and_its_values_are_constants_to_the_verifier()
    {
        var spec = Spec(MapType.Array) with { Name = ".rodata", MaxEntries = 1, Flags = MapFlags.ReadOnlyForPrograms, InitialValue = One };
        using var map = new KernelMap(spec);
        Assert.That(map.Update(Zero, Two), Is.EqualTo(Errno.EPERM));
        // The branch not taken reads an uninitialised register: only a verifier that knows the constant accepts that.
        using var program = new KernelProgram(ProgramText.Program("constant", """
            r1 = value(.rodata)
            r2 = *(u32 *)(r1 + 0)
            r0 = 2
            if r2 == 1 goto out
            r0 = r9
            out:
            exit
            """), _ => map);
        Assert.That(program.Run(Ask.Frame(64)).Code, Is.EqualTo(2));
    }

    [TestCase(MapType.DevMap), TestCase(MapType.DevMapHash), TestCase(MapType.CpuMap), TestCase(MapType.XskMap)]
    public void Redirect_map_answers_the_low_bits_of_its_flags_for_an_absent_key(MapType type)
    {
        using var map = Map(type);
        Assert.That(new[] { 0, 1, 2, 3, 4 }.Select(flags => RedirectMap(map, 1, flags)), Is.EqualTo(new[] { 0, 1, 2, 3, 0 }));
    }

    [TestCase(MapType.DevMap), TestCase(MapType.DevMapHash), TestCase(MapType.CpuMap)]
    public void Redirect_map_answers_redirect_for_a_present_key(MapType type)
    {
        using var map = Map(type);
        map.Update(One, type == MapType.CpuMap ? Bytes(64) : One);
        Assert.That(new[] { 0, 2 }.Select(flags => RedirectMap(map, 1, flags)), Is.All.EqualTo((long)XdpAction.Redirect));
        Assert.That(RedirectMap(map, 1, 1 << 8), Is.EqualTo((long)XdpAction.Aborted));
        Assert.That(RedirectMap(map, 7, 2), Is.EqualTo((long)XdpAction.Pass));
    }

    [TestCase(MapType.Hash, 0, 4, 1, Errno.EINVAL)]
    [TestCase(MapType.Hash, 4, 0, 1, Errno.EINVAL)]
    [TestCase(MapType.Hash, 4, 4, 0, Errno.EINVAL)]
    [TestCase(MapType.Array, 8, 4, 1, Errno.EINVAL)]
    [TestCase(MapType.Array, 4, 0, 1, Errno.EINVAL)]
    [TestCase(MapType.PerCpuArray, 4, 32769, 1, Errno.E2BIG)]
    [TestCase(MapType.PerCpuHash, 4, 32769, 1, Errno.E2BIG)]
    [TestCase(MapType.ProgramArray, 4, 8, 1, Errno.EINVAL)]
    [TestCase(MapType.DevMap, 4, 12, 1, Errno.EINVAL)]
    [TestCase(MapType.RingBuffer, 0, 0, 5000, Errno.EINVAL)]
    public void A_map_that_cannot_be(MapType type, int key, int value, int entries, Errno errno) =>
        Assert.That(() => new KernelMap(new() { Name = "m", Type = type, KeySize = key, ValueSize = value, MaxEntries = entries }),
            RunTests.Refuses(errno));

    static long UpdateInProgram(KernelMap map, int key, int value, ulong flags, int cpu = 0) =>
        CallWithMap(map, key, value, $"r3 = r10\nr3 += -8\nr4 = {flags}\ncall 2", cpu);

    /// <summary>Calls with r1 = map, r2 = address of the key; the value lies at r10 - 8.</summary>
    static long CallWithMap(KernelMap map, int key, int value, string call, int cpu = 0) =>
        Answer(map, $"*(u32 *)(r10 - 4) = {key}\n*(u32 *)(r10 - 8) = {value}\nr1 = map(map)\nr2 = r10\nr2 += -4\n{call}", cpu);

    static long RedirectMap(KernelMap map, int key, int flags) =>
        Answer(map, $"r1 = map(map)\nr2 = {key}\nr3 = {flags}\ncall 51", 0);

    static long Answer(KernelMap map, string text, int cpu)
    {
        using var program = new KernelProgram(ProgramText.Program("test", $"{text}\nexit"), _ => map);
        return (int)program.Run(Ask.Frame(64), cpu: cpu).Code;
    }

    static KernelMap Map(MapType type) => new(Spec(type));

    static MapSpec Spec(MapType type) => new() { Name = "map", Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 2 };

    internal static byte[] Bytes(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
