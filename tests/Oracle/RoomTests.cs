using Chainring.Host.Driver.Peers;
using NUnit.Framework;

namespace Chainring.Tests.Oracle;

/// <summary>
/// How far a program may move the ends of a packet and of its metadata. Lengths that change nothing are those of a refusal.
/// </summary>
/// <remarks><code>
/// 0        40                256                        3776     4096
/// | record | head room: 216  | frame: 3520 at most      | record |
///          | ... metadata | ..                          |
/// </code></remarks>
public sealed class RoomTests
{
    const int HeadHelper = 44, MetaHelper = 54, TailHelper = 65;
    const int EACCES = -(int)Errno.EACCES, EINVAL = -(int)Errno.EINVAL;

    [OneTimeSetUp]
    public void NeedsTheKernel() => OracleAvailability.Require();

    [TestCase(64, 0, 0, 64)]
    [TestCase(64, -1, 0, 65)]
    [TestCase(64, -216, 0, 280)]
    [TestCase(64, -217, EINVAL, 64)]
    [TestCase(64, 50, 0, 14)]
    [TestCase(64, 51, EINVAL, 64)]
    [TestCase(64, 64, EINVAL, 64)]
    [TestCase(64, 1000, EINVAL, 64)]
    public void Head(int frame, int by, int answer, int length) => Check(frame, 0, [(HeadHelper, by)], answer, length, 0);

    [TestCase(0, 0, 0)]
    [TestCase(-1, EACCES, 0)]
    [TestCase(-4, 0, 4)]
    [TestCase(-6, EACCES, 0)]
    [TestCase(-36, 0, 36)]
    [TestCase(-216, 0, 216)]
    [TestCase(-217, EINVAL, 0)]
    [TestCase(-220, EINVAL, 0)]
    [TestCase(4, EINVAL, 0)]
    public void Metadata(int by, int answer, int metadata) => Check(64, 0, [(MetaHelper, by)], answer, 64, metadata);

    [TestCase(64, 0, 0, 64)]
    [TestCase(64, -50, 0, 14)]
    [TestCase(64, -51, EINVAL, 64)]
    [TestCase(64, -1000, EINVAL, 64)]
    [TestCase(64, 3456, 0, 3520)]
    [TestCase(64, 3457, EINVAL, 64)]
    [TestCase(3520, 1, EINVAL, 3520)]
    public void Tail(int frame, int by, int answer, int length) => Check(frame, 0, [(TailHelper, by)], answer, length, 0);

    [TestCase(-16, 3456, 0, 3536, TestName = "The end of the frame stays where it is when the head grows")]
    [TestCase(-16, 3457, EINVAL, 80, TestName = "Grown head is no tail room")]
    [TestCase(16, 3456, 0, 3504, TestName = "The end of the frame stays where it is when the head shrinks")]
    [TestCase(16, 3457, EINVAL, 48, TestName = "Trimmed head is no tail room")]
    public void Head_then_tail(int head, int tail, int answer, int length) =>
        Check(64, 0, [(HeadHelper, head), (TailHelper, tail)], answer, length, 0);

    [TestCase(-200, -16, 0, 264, 16, TestName = "Head and metadata share 216 bytes")]
    [TestCase(-200, -20, EINVAL, 264, 0, TestName = "Head and metadata get no more than 216 bytes")]
    [TestCase(-1, -4, 0, 65, 4, TestName = "Metadata is aligned to itself, not to memory")]
    public void Head_then_metadata(int head, int meta, int answer, int length, int metadata) =>
        Check(64, 0, [(HeadHelper, head), (MetaHelper, meta)], answer, length, metadata);

    [TestCase(-16, -200, 0, 264, 16, TestName = "Metadata moves with the head")]
    [TestCase(-16, -201, EINVAL, 64, 16, TestName = "A refused head keeps the metadata")]
    [TestCase(-16, 8, 0, 56, 16, TestName = "Metadata moves with a trimmed head")]
    public void Metadata_then_head(int meta, int head, int answer, int length, int metadata) =>
        Check(64, 0, [(MetaHelper, meta), (HeadHelper, head)], answer, length, metadata);

    [TestCase(212, -4, 0, 68), TestCase(216, -4, EINVAL, 64), TestCase(216, 8, 0, 56)]
    public void Metadata_handed_in_takes_head_room(int metadata, int head, int answer, int length) =>
        Check(64, metadata, [(HeadHelper, head)], answer, length, metadata);

    [TestCase(8, 0, 8), TestCase(8, 4, 4), TestCase(8, 8, 0), TestCase(8, 12, 8)]
    public void Metadata_handed_in_may_shrink(int metadata, int by, int left) =>
        Check(64, metadata, [(MetaHelper, by)], left == metadata && by > 0 ? EINVAL : 0, 64, left);

    [TestCase(HeadHelper, -8, 0), TestCase(TailHelper, 8, 16)]
    public void Grown_bytes_are_zero_at_first(int helper, int by, int at)
    {
        var run = Ask.Kernel($"r2 = {by}\ncall {helper}", Ask.Frame(16)).Run;
        Assert.That(run.Frame[at..(at + 8)], Is.All.Zero);
    }

    [Test]
    public void A_frame_that_is_trimmed_and_grown_again_gets_zeroes_at_its_tail_and_its_own_bytes_at_its_head()
    {
        var tail = Ask.Kernel($"r6 = r1\nr2 = -8\ncall {TailHelper}\nr1 = r6\nr2 = 8\ncall {TailHelper}", Ask.Frame(32)).Run;
        Assert.That(tail.Frame, Is.EqualTo((byte[])[.. Ask.Frame(24), .. new byte[8]]));
        var head = Ask.Kernel($"r6 = r1\nr2 = 8\ncall {HeadHelper}\nr1 = r6\nr2 = -8\ncall {HeadHelper}", Ask.Frame(32)).Run;
        Assert.That(head.Frame, Is.EqualTo(Ask.Frame(32)));
    }

    [TestCase(TailHelper, 5000, 2616, 0, 7616, TestName = "The tail grows to the end of the last page")]
    [TestCase(TailHelper, 5000, 2617, EINVAL, 5000, TestName = "The tail grows no further than the last page")]
    [TestCase(TailHelper, 9000, 2712, 0, 11712, TestName = "The tail grows to the end of a second page")]
    [TestCase(TailHelper, 9000, 2713, EINVAL, 9000, TestName = "The tail grows no further than the second page")]
    [TestCase(TailHelper, 7616, 1, EINVAL, 7616, TestName = "A full page does not grow, and no page is added")]
    [TestCase(TailHelper, 7617, 4095, 0, 11712, TestName = "A page with one byte has room for 4,095 more")]
    [TestCase(TailHelper, 5000, -4986, 0, 14, TestName = "The tail shrinks across fragments")]
    [TestCase(TailHelper, 5000, int.MinValue, 0, 5000, TestName = "By the smallest number the tail of fragments does not shrink, and that is no error")]
    [TestCase(TailHelper, 5000, int.MinValue + 1, EINVAL, 5000, TestName = "By the next number it is one")]
    [TestCase(TailHelper, 5000, -4987, EINVAL, 5000, TestName = "The tail leaves an Ethernet header")]
    [TestCase(HeadHelper, 5000, 3506, 0, 1494, TestName = "The head shrinks within the linear part")]
    [TestCase(HeadHelper, 5000, 3507, EINVAL, 5000, TestName = "The head leaves 14 bytes of the linear part")]
    public void Frame_with_fragments(int helper, int frame, int by, int answer, int length) =>
        Check(frame, 0, [(helper, by)], answer, length, 0, frags: true);

    [TestCase(5000, -1480, 1, EINVAL, 3520, TestName = "Without its fragments a frame has the room of one piece: none, if that is full")]
    [TestCase(5000, -1481, 1, 0, 3520, TestName = "Without its fragments a frame has the room of one piece: what it was shrunk by")]
    [TestCase(7617, -1, 1, EINVAL, 7616, TestName = "A fragment that is used up does not come back")]
    public void Tail_of_a_frame_with_fragments_twice(int frame, int first, int second, int answer, int length) =>
        Check(frame, 0, [(TailHelper, first), (TailHelper, second)], answer, length, 0, frags: true);

    static void Check(int frame, int metadata, (int Helper, int By)[] calls, int answer, int length, int left, bool frags = false)
    {
        string text = "r6 = r1\n" + string.Join('\n', calls.Select(c => $"r1 = r6\nr2 = {c.By}\ncall {c.Helper}"));
        var (got, run) = Ask.Kernel(text, Ask.Frame(frame), Ask.Frame(metadata), frags);
        Assert.That((got, run.Frame.Length, run.Metadata.Length), Is.EqualTo(((long)answer, length, left)));
    }
}
