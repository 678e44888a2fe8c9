using Chainring.Kernels;

namespace Chainring.Host.Driver;

/// <summary>The error number by which Linux would refuse the same thing; the sentence goes with it as extended acknowledgement or log.</summary>
public static class RefusalErrno
{
    static readonly Dictionary<string, int> ById = new()
    {
        ["R01"] = Errno.Invalid,
        ["R02"] = Errno.Invalid,
        ["R03"] = Errno.Invalid,
        ["R10"] = Errno.Invalid,
        ["R11"] = Errno.Invalid,
        ["R13"] = Errno.Invalid,
        ["R14"] = Errno.NoSpace,
        ["R15"] = Errno.TooBig,
        ["R16"] = Errno.NoSpace,
        ["R17"] = Errno.Invalid,
        ["R18"] = Errno.Invalid,
        ["R20"] = Errno.Invalid,
        ["R21"] = Errno.NoMemory,
        ["R22"] = Errno.NoMemory,
        ["R23"] = Errno.NoMemory,
        ["R24"] = Errno.NoMemory,
        ["R25"] = Errno.NoMemory,
        ["R30"] = Errno.Invalid,
        ["R31"] = Errno.Invalid,
        ["R32"] = Errno.Invalid,
        ["R33"] = Errno.OperationNotSupported,
        ["R34"] = Errno.OperationNotSupported,
        ["R35"] = Errno.Invalid,
        ["R36"] = Errno.OperationNotSupported,
        ["R37"] = Errno.OperationNotSupported,
        ["R38"] = Errno.Invalid,
        ["R39"] = Errno.Invalid,
        ["R40"] = Errno.OperationNotSupported,
        ["R41"] = Errno.Invalid,
        ["R50"] = Errno.OperationNotSupported,
        ["R51"] = Errno.TooBig,
        ["R52"] = Errno.OperationNotSupported,
        ["R54"] = Errno.OperationNotSupported,
        ["R53"] = Errno.OperationNotSupported,
        ["C01"] = Errno.Invalid,
        ["C02"] = Errno.Invalid,
        ["C03"] = Errno.Invalid,
        ["C04"] = Errno.NoEntry,
        ["C05"] = Errno.Exists,
        ["C06"] = Errno.NoEntry,
        ["C07"] = Errno.TooBig,
        ["C08"] = Errno.Loop,
        ["C09"] = Errno.Invalid,
        ["C20"] = Errno.Invalid,
        ["C21"] = Errno.Invalid,
        ["C22"] = Errno.Invalid,
        ["C23"] = Errno.Exists,
        ["C24"] = Errno.Stale,
        ["C25"] = Errno.Busy,
        ["C26"] = Errno.Invalid,
        ["C27"] = Errno.Busy,
        ["C28"] = Errno.TooBig,
        ["C29"] = Errno.TooBig,
        ["C30"] = Errno.Invalid,
    };

    /// <summary>A positive errno; see <see cref="ErrnoText"/> for its words.</summary>
    public static int Of(Refusal refusal) => ById[refusal.Id];
}
