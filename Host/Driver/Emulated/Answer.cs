using Chainring.Kernels;
using Chainring.Nic;
using Chainring.Offload;
using Chainring.Offload.Verify;

namespace Chainring.Host.Driver.Emulated;

/// <summary>What a request came to: 0, or an errno (positive) and, if there is one, the sentence that goes with it as extended acknowledgement.</summary>
public readonly record struct Answer(int Errno, string? Text = null)
{
    public static readonly Answer Ok;

    public bool IsOk => Errno == 0;

    /// <summary>What a card or its rules have to say.</summary>
    public static Answer Of(Problem problem) => problem switch
    {
        Refusal refusal => new(RefusalErrno.Of(refusal), refusal.DriverText ?? refusal.Sentence),
        Rejection rejection => new(RejectionErrno.Of(rejection), rejection.Sentence),
        _ => new(Kernels.Errno.Invalid, problem.Sentence),
    };
}
