using Chainring.Kernels;
using Chainring.Offload.Verify;

namespace Chainring.Host.Driver.Emulated;

/// <summary>
/// The error number with which Linux' verifier ends for the same reason. Where it has two for one of ours, the one that is more often meant
/// (tests/Oracle/RejectionErrnoTests.cs lists the others).
/// </summary>
public static class RejectionErrno
{
    static readonly Dictionary<string, int> ById = new()
    {
        ["V01"] = Errno.Invalid,
        ["V02"] = Errno.Invalid,
        ["V03"] = Errno.Invalid,
        ["V04"] = Errno.Invalid,
        ["V05"] = Errno.TooBig,
        ["V06"] = Errno.TooBig,
        ["V12"] = Errno.Invalid,
        ["V13"] = Errno.Invalid,
        ["V15"] = Errno.Invalid,
        ["V33"] = Errno.Invalid,
        ["V34"] = Errno.Invalid,
        ["V37"] = Errno.Invalid,
        ["V38"] = Errno.Invalid,
        ["V44"] = Errno.Invalid,
        ["V45"] = Errno.Invalid,
        ["V46"] = Errno.Invalid,
        ["V47"] = Errno.Invalid,
        ["V48"] = Errno.Invalid,
        ["V49"] = Errno.Invalid,
        ["V50"] = Errno.Invalid,
        ["V51"] = Errno.Invalid,
        ["V52"] = Errno.Invalid,
        ["V53"] = Errno.Invalid,
        ["V54"] = Errno.Invalid,
    };

    /// <summary>A positive errno.</summary>
    public static int Of(Rejection rejection) => ById.GetValueOrDefault(rejection.Id, Errno.Access);
}
